import type { ServiceImpl } from "@connectrpc/connect";
import type { AmeService } from "@tributary/proto/ame/v1/ame_pb";
import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import { runProjectTask } from "#core/projects/run-project-task.ts";
import { deleteTask, refuseUnapproved } from "#core/tasks/delete-task.ts";
import type { Task } from "#core/tasks/task.ts";
import { streamLog } from "#facades/ame/stream-log.ts";
import { fromTask } from "#facades/ame/task-phase.ts";
import { fromTaskDefinition, toTaskDefinition } from "#facades/ame/translate.ts";
import { principalOf } from "#rpc/auth.ts";

type TaskHandlers = Pick<
  ServiceImpl<typeof AmeService>,
  "runTask" | "getTask" | "listTasks" | "streamTaskLogs" | "deleteTask" | "removeTask"
>;

/** Told in full besides all unfinished ones; the map has no pages. */
const newest = 10_000;

export function taskHandlers(ports: Ports): TaskHandlers {
  const { store } = ports;
  return {
    async runTask({ projectId, taskCfg }, context) {
      if (!projectId?.name)
        throw new RefusedError("invalid", "projectId: is missing; create the project first", "projectId");
      if (!taskCfg) throw new RefusedError("invalid", "taskCfg: is missing; send the task to run", "taskCfg");
      if (!taskCfg.name)
        throw new RefusedError("invalid", "taskCfg.name: is missing; give the task a name", "taskCfg.name");
      const task = await runProjectTask(ports, {
        dialect: "ame",
        projectId: projectId.name,
        task: toTaskDefinition(taskCfg),
        name: (id, name) => `${id}${name}local`,
        creator: principalOf(context).name,
      });
      return { name: task.name };
    },
    async getTask({ name }) {
      const { spec } = await store.transact(namedTask, name);
      return fromTaskDefinition(spec?.definition ?? { resources: {}, dataSets: [], variables: [], secrets: [] });
    },
    async listTasks() {
      const tasks = await store.view.listNewest("ame", newest);
      return { tasks: Object.fromEntries(tasks.map((task) => [task.name, fromTask(task)])) };
    },
    async deleteTask({ name }, context) {
      const { task } = await store.transact(namedTask, name);
      // Answered well also when the task is only marked, as upstream.
      await deleteTask(ports, { id: task.id, approve: false, by: principalOf(context).name });
      return {};
    },
    async removeTask({ name, approve }, context) {
      const { task } = await store.transact(namedTask, name);
      const ask = { id: task.id, approve: approve ?? false, by: principalOf(context).name };
      refuseUnapproved(await deleteTask(ports, ask), name);
      return {};
    },
    async *streamTaskLogs({ taskid, startFrom, watch }, { signal }) {
      if (!taskid?.name) throw new RefusedError("invalid", "taskid: is missing; say whose log is wanted", "taskid");
      const { task } = await store.transact(namedTask, taskid.name);
      const contents = streamLog(ports, { taskId: task.id, firstLine: startFrom ?? 1, follow: watch ?? true }, signal);
      for await (const bytes of contents) yield { contents: bytes };
    },
  };
}

/** Unit of work: a task by its AME name. */
async function namedTask(tx: Tx, name: string): Promise<{ task: Task; spec: Awaited<ReturnType<typeof specOf>> }> {
  const task = await tx.tasks.findByName("ame", name);
  if (!task) throw new RefusedError("not-found", `there is no task ${name.slice(0, 200)}`);
  return { task, spec: await specOf(tx, task) };
}

async function specOf(tx: Tx, task: Task) {
  return (await tx.tasks.specs([task.id])).get(task.id);
}
