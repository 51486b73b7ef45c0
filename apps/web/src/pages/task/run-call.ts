import { type Task, TaskService, type TaskSpec } from "@tributary/proto/tributary/v1/tasks_pb";
import type { CopyableCall } from "#pages/parts/copy-as.tsx";
import { taskStrings } from "#pages/strings/task-strings.ts";

/** The call that makes a run like this one, with its parameters written out to be changed. */
export function runCall(task: Task, spec: TaskSpec): CopyableCall {
  const variables = spec.variables.map(({ name, value }) => ({ name, value }));
  const labels = task.labels.map(({ key, value }) => ({ key, value }));
  return {
    id: "run",
    label: taskStrings.copy.run,
    method: TaskService.method.runTask,
    request: {
      projectId: task.projectId,
      taskName: task.title,
      ...(variables.length > 0 && { variables }),
      ...(Object.keys(spec.resources).length > 0 && { resources: spec.resources }),
      ...(labels.length > 0 && { labels }),
    },
    cli: [
      ...["run", task.title, "--project", task.projectId],
      ...variables.flatMap(({ name, value }) => ["-e", `${name}=${value}`]),
      ...labels.flatMap(({ key, value }) => ["--label", `${key}=${value}`]),
    ],
  };
}
