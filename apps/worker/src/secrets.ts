import { Code, ConnectError } from "@connectrpc/connect";
import type { Assignment, SecretValue } from "@tributary/proto/tributary/v1/dispatch_pb";
import { isDefinite } from "./connection.ts";
import { type Automaton, buildAutomaton } from "./masking/automaton.ts";
import { isTooShortToMask, MIN_SECRET_BYTES, secretPatterns } from "./masking/secret-patterns.ts";
import { StepFailure } from "./step-failure.ts";
import type { Uplink } from "./uplink.ts";

/** The secrets of one attempt. They are in memory only. */
export interface Secrets {
  readonly values: readonly Pick<SecretValue, "key" | "injectAs" | "value">[];
  /** Keys that do not exist (any more). */
  readonly missing: readonly string[];
  /** Unset when there is nothing to mask. */
  readonly automaton: Automaton | undefined;
}

/**
 * Asks the server for the secrets of an attempt; waits while there is none. An attempt that asks again is given the same
 * values, also when they were replaced or deleted meanwhile.
 *
 * @throws StepFailure `secret-unreadable` when the server cannot open one
 * @throws the reason of the signal
 */
export async function readSecrets(
  uplink: Pick<Uplink, "call" | "workerId">,
  { attempt, secrets }: Pick<Assignment, "attempt" | "secrets">,
  signal: AbortSignal,
): Promise<Secrets> {
  if (secrets.length === 0) return { values: [], missing: [], automaton: undefined };
  const request = { workerId: uplink.workerId, ...(attempt ? { attempt } : {}) };
  const { values, missingKeys } = await uplink
    .call((client) => client.readSecrets(request, { signal, timeoutMs: 30_000 }), { signal })
    .catch((error: unknown) => {
      throw isDefinite(error) ? unreadable(error) : error;
    });
  return { values, missing: missingKeys, automaton: maskFor(values.map(({ value }) => value)) };
}

function unreadable(error: unknown): StepFailure {
  const why = error instanceof ConnectError ? error.rawMessage : String(error);
  // Another worker may be given them.
  const system = error instanceof ConnectError && error.code === Code.PermissionDenied;
  return new StepFailure("secret-unreadable", `The secrets of the task could not be read: ${why}`, { system });
}

/** @throws StepFailure `secret-missing`, naming the keys */
export function refuseMissing({ missing }: Secrets): void {
  if (missing.length === 0) return;
  const keys = missing.map((key) => `"${key}"`).join(", ");
  const [noun, verb] = missing.length === 1 ? ["secret", "does"] : ["secrets", "do"];
  throw new StepFailure("secret-missing", `The ${noun} ${keys} ${verb} not exist.`, {
    hint: `Create the ${noun} and run the task again.`,
  });
}

/** Lines that warn about values which cannot be masked. */
export function warnOfShort({ values }: Secrets): string[] {
  const short = values.filter(({ value }) => isTooShortToMask(value)).map(({ injectAs }) => injectAs);
  if (short.length === 0) return [];
  return [`Not masked in the output, as the value has less than ${MIN_SECRET_BYTES} bytes: ${short.join(", ")}`];
}

function maskFor(values: readonly string[]): Automaton | undefined {
  const patterns = secretPatterns([...new Set(values)]);
  return patterns.length > 0 ? buildAutomaton(patterns) : undefined;
}
