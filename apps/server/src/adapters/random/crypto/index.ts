import { randomBytes } from "node:crypto";
import type { Random } from "#core/ports/random.ts";

/** The operating system's random bytes. */
export function cryptoRandom(): Random {
  return { bytes: (count) => randomBytes(count) };
}
