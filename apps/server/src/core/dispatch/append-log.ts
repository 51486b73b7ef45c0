import { type OwnAttempt, ownAttempt } from "#core/dispatch/own-attempt.ts";
import { RefusedError } from "#core/errors.ts";
import type { LogPiece } from "#core/logs/log.ts";
import type { Ports } from "#core/ports/index.ts";

export interface AppendLog extends OwnAttempt {
  /** Where the first piece begins in the attempt's output. */
  readonly offset: number;
  readonly pieces: readonly LogPiece[];
}

/**
 * Keeps a worker's output; the worker has masked it.
 *
 * @returns bytes of the attempt's output that are kept; undefined when the attempt is not (any more) the worker's
 */
export async function appendLog(
  { store, logs, clock, leases }: Pick<Ports, "store" | "logs" | "clock" | "leases">,
  { workerId, ref, offset, pieces }: AppendLog,
): Promise<number | undefined> {
  try {
    await store.transact(ownAttempt, { workerId, ref });
  } catch (error) {
    if (error instanceof RefusedError && error.refusal === "conflict") return undefined;
    throw error;
  }
  if (leases.has(workerId)) leases.extend(workerId, clock.monotonic(), clock.now());
  return await logs.append(ref, offset, pieces);
}
