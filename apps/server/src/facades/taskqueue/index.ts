import { TaskQueue } from "@tributary/proto/taskqueue/taskqueue_pb";
import type { Ports } from "#core/ports/index.ts";
import { newestService } from "#facades/taskqueue/newest/index.ts";
import { providedWorkerHandlers } from "#facades/taskqueue/provided-workers.ts";
import { taskHandlers } from "#facades/taskqueue/tasks.ts";
import { workerCalls, workerHandlers } from "#facades/taskqueue/workers.ts";
import { type Facade, serve } from "#rpc/facade.ts";

/**
 * scitq's TaskQueue: shell tasks that workers pull.
 *
 * @param version - the server's own
 */
export function taskqueueFacade(ports: Ports, version: string): Facade {
  const calls = workerCalls(ports);
  return {
    services: [
      serve(
        TaskQueue,
        {
          ...taskHandlers(ports),
          ...workerHandlers(ports, calls),
          ...providedWorkerHandlers(ports),
        },
        { lean: ["submitTask", "pingAndTakeNewTasks", "updateTaskStatus"] },
      ),
      newestService(ports, calls, version),
    ],
    routes: [],
  };
}
