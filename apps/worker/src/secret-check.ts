import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

/** Tells, without the values, whether secrets are still what they were. */
export interface SecretCheck {
  /** Hexadecimal. */
  readonly salt: string;
  /** Hexadecimal, short: many other values would have the same, so that it proves no guess. */
  readonly sum: string;
}

const SUM_BYTES = 4;

/** Slow on purpose (tens of milliseconds), as it stays on the disk while the attempt is there. */
export async function checkOf(values: readonly string[], salt = randomBytes(16)): Promise<SecretCheck> {
  const derive = promisify<string, Buffer, number, Buffer>(scrypt);
  const sum = await derive(JSON.stringify(values), salt, SUM_BYTES);
  return { salt: salt.toString("hex"), sum: sum.toString("hex") };
}

export async function areSame(values: readonly string[], check: SecretCheck): Promise<boolean> {
  const { sum } = await checkOf(values, Buffer.from(check.salt, "hex"));
  return sum.length === check.sum.length && timingSafeEqual(Buffer.from(sum), Buffer.from(check.sum));
}
