import { RefusedError } from "#core/errors.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { RunSpec } from "#core/tasks/run-spec.ts";
import type { Attempt, AttemptRef } from "#core/tasks/task.ts";

export interface OwnAttempt {
  readonly workerId: string;
  readonly ref: AttemptRef;
}

/**
 * Unit of work: an attempt that a worker holds now, and what it runs.
 *
 * @throws RefusedError `conflict` when it is not (any more) the worker's
 */
export async function ownAttempt(
  tx: Tx,
  { workerId, ref }: OwnAttempt,
): Promise<{ readonly attempt: Attempt; readonly spec: RunSpec }> {
  const [attempt] = await tx.attempts.getMany([ref]);
  const spec = (await tx.tasks.specs([ref.taskId])).get(ref.taskId);
  if (!attempt || !spec || attempt.workerId !== workerId || attempt.endedAt !== undefined) {
    throw new RefusedError(
      "conflict",
      `attempt ${ref.number} of task ${ref.taskId} is not (any more) held by ${workerId}`,
    );
  }
  return { attempt, spec };
}
