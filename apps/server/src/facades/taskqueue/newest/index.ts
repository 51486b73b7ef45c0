import type { Ports } from "#core/ports/index.ts";
import { connectHandlers } from "#facades/taskqueue/newest/connect.ts";
import { logHandlers } from "#facades/taskqueue/newest/logs.ts";
import { NewestTaskQueue } from "#facades/taskqueue/newest/newest-task-queue.ts";
import { taskHandlers } from "#facades/taskqueue/newest/tasks.ts";
import { workerHandlers } from "#facades/taskqueue/newest/workers.ts";
import type { WorkerCalls } from "#facades/taskqueue/workers.ts";
import { notServed, type ServedService, serve } from "#rpc/facade.ts";

/**
 * What scitq's newest workers and the task commands of its command line call. On paths that the first version has too,
 * only calls with a token for them are theirs.
 *
 * @param calls - shared with the first version, as streams without a token may be either's
 * @param version - the server's own
 */
export function newestService(ports: Ports, calls: WorkerCalls, version: string): ServedService {
  return serve(
    NewestTaskQueue,
    {
      ...connectHandlers(ports, version),
      ...taskHandlers(ports),
      ...logHandlers(ports),
      ...workerHandlers(ports, calls),
      ...notServed("what happens on a worker is told by its tasks and its state", "reportWorkerEvent"),
      ...notServed(
        "it names providers and flavors by numbers that this server has none of; start workers over tributary.v1 or with a token without a client dialect",
        "createWorker",
        "deleteWorker",
      ),
    },
    { lean: ["submitTask", "pingAndTakeNewTasks", "updateTaskStatus"], clientDialect: "scitq" },
  );
}
