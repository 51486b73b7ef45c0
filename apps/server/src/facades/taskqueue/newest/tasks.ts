import type { ServiceImpl } from "@connectrpc/connect";
import type { Ports } from "#core/ports/index.ts";
import { submitTask } from "#core/tasks/submit-task.ts";
import { listTasks } from "#facades/taskqueue/newest/list-tasks.ts";
import type { NewestTaskQueue } from "#facades/taskqueue/newest/newest-task-queue.ts";
import { toRunSpec } from "#facades/taskqueue/newest/to-run-spec.ts";
import { toTitle } from "#facades/taskqueue/translate.ts";
import { principalOf } from "#rpc/auth.ts";

type TaskHandlers = Pick<ServiceImpl<typeof NewestTaskQueue>, "submitTask" | "listTasks">;

export function taskHandlers(ports: Ports): TaskHandlers {
  return {
    async submitTask(request, context) {
      const { command, taskName } = request;
      const task = await submitTask(ports, {
        dialect: "taskqueue",
        projectId: "",
        projectName: "",
        title: toTitle(taskName || command),
        spec: toRunSpec(request),
        creator: principalOf(context).name,
      });
      return { taskId: task.id };
    },
    async listTasks(request) {
      return { tasks: await listTasks(ports, request) };
    },
  };
}
