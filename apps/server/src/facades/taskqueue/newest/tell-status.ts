import type { MessageShape } from "@bufbuild/protobuf";
import type { HandlerContext } from "@connectrpc/connect";
import type { TaskStatusUpdateSchema } from "@tributary/proto/scitq/taskqueue_pb";
import { heldTask, type SaidOfTask } from "#core/dispatch/held-task.ts";
import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import { knownTask } from "#core/tasks/known-task.ts";
import { toTold } from "#facades/taskqueue/letters.ts";
import { toReason } from "#facades/taskqueue/newest/failures.ts";
import { tell, type WorkerCalls } from "#facades/taskqueue/workers.ts";

/**
 * Takes what a worker says of a task's status; saying it again changes nothing.
 *
 * Source: scitq's newest worker tells an end a thousand times, unless it is answered `not_found` or
 * `failed_precondition`; of other refusals it takes no notice.
 *
 * @throws RefusedError `not-found` for an unknown task, `conflict` for one that is not (any more) the worker's, and for
 * what cannot follow its status
 */
export async function tellStatus(
  ports: Ports,
  calls: WorkerCalls,
  update: MessageShape<typeof TaskStatusUpdateSchema>,
  context: HandlerContext,
): Promise<void> {
  const { taskId, newStatus, freeRetry, failureClass } = update;
  const told = toTold(newStatus);
  const reason = toReason(failureClass);
  const said = { taskId, callers: calls.calling.of(context) };
  const why = { ...(reason ? { reason } : {}), ...(freeRetry ? { system: true } : {}) };
  if (await tell(ports, calls, { ...said, ...why, told }, context)) return;
  if (told.kind === "accepted" && (await ports.store.transact(isAccepted, said))) return;
  throw new RefusedError(
    "conflict",
    `task_id: task ${taskId} is not this worker's, or not any more; leave it`,
    "task_id",
  );
}

/** Unit of work: whether the worker that speaks has accepted the task, and not begun it: it was not told that it may. */
async function isAccepted(tx: Tx, said: SaidOfTask): Promise<boolean> {
  const held = await heldTask(tx, await knownTask(tx, said.taskId), said);
  return held?.attempt.phase === "accepted" && said.callers.includes(held.holder.id);
}
