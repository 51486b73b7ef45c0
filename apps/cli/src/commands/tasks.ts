import {
  CancelTaskResponseSchema,
  GetTaskResponseSchema,
  ListTasksResponseSchema,
  RetryTaskResponseSchema,
  type Task,
  TaskService,
} from "@tributary/proto/tributary/v1/tasks_pb";
import { type Command, numberOf, textOf, toNumber, type Values } from "#cli/command.ts";
import { exitCodes } from "#cli/exit-codes.ts";
import { UsageFailure } from "#cli/failure.ts";
import { exitCodeOf, followTask } from "#cli/follow-task.ts";
import { toTable } from "#cli/output.ts";
import { describeTask, hasEnded, sizeWord, stateOf, stateWord, timeWord } from "#cli/words.ts";

export const idOf = (text = "") => toNumber(text.replace(/^#/, ""), "ID", 1);

export const tasks: Command = {
  name: "tasks",
  operands: "",
  summary: "list tasks, newest first",
  options: {
    project: { type: "string" },
    state: { type: "string", multiple: true },
    text: { type: "string" },
    label: { type: "string", short: "l", multiple: true },
    limit: { type: "string" },
  },
  help: {
    "project NAME": "those of a project",
    "state STATE": "those in a state, such as failed; may be given again",
    "text TEXT": "those with a text in their name",
    "label, -l KEY=VALUE": "those with a label, or with its key alone; may be given again",
    "limit N": "so many at most; 20 otherwise, 1,000 at most",
  },
  async run({ connection, output }, _, values) {
    const pageSize = numberOf(values, "limit", 1) ?? 20;
    if (pageSize > 1_000) throw new UsageFailure("--limit: at most 1000");
    const filter = {
      projectName: textOf(values, "project") ?? "",
      text: textOf(values, "text") ?? "",
      states: statesOf(values),
      labels: Array.isArray(values.label) ? values.label.map(String) : [],
    };
    const page = await connection.client(TaskService).listTasks({ filter, pageSize });
    output.message(ListTasksResponseSchema, page, () => listOf(page.tasks, page.total));
    return exitCodes.done;
  },
};

function listOf(all: readonly Task[], total: number): string {
  if (all.length === 0) return "no tasks";
  const rows = all.map((task) => [
    String(task.id),
    stateWord(task.state),
    task.projectName,
    task.title,
    timeWord(task.createTime),
    task.reason?.message ?? "",
  ]);
  const table = toTable(["ID", "STATE", "PROJECT", "TASK", "CREATED", "WHY"], rows);
  return total > all.length ? `${table}\n${all.length} of ${total}; more by --limit` : table;
}

function statesOf({ state = [] }: Values) {
  return (Array.isArray(state) ? state : []).map((word) => {
    const known = stateOf(String(word));
    if (known === undefined) throw new UsageFailure(`--state: there is no state ${String(word)}`);
    return known;
  });
}

export const taskShow: Command = {
  name: "task show",
  operands: "ID",
  summary: "show a task: its state and why, its attempts and files",
  options: {},
  async run({ connection, output }, [id]) {
    const answer = await connection.client(TaskService).getTask({ id: idOf(id) });
    output.message(GetTaskResponseSchema, answer, () => {
      const { task, spec, attempts, artifacts } = answer;
      const facts = [
        task ? describeTask(task) : "",
        `project ${task?.projectName ?? ""}, created ${timeWord(task?.createTime)} by ${task?.creator ?? ""}`,
        `command ${spec?.command ?? ""}`,
        ...(task && task.labels.length > 0
          ? [`labels ${task.labels.map(({ key, value }) => `${key}=${value}`).join(" ")}`]
          : []),
        ...attempts.map(
          ({ number, reason, exitCode, workerName }) =>
            `attempt ${number} on ${workerName}${exitCode === undefined ? "" : `: exit code ${exitCode}`}${reason ? `: ${reason.message}` : ""}`,
        ),
        ...artifacts.map(({ path, sizeBytes }) => `file ${path} (${sizeWord(sizeBytes)})`),
      ];
      return facts.join("\n");
    });
    return exitCodes.done;
  },
};

export const taskCancel: Command = {
  name: "task cancel",
  operands: "ID",
  summary: "cancel a task",
  options: {},
  async run({ connection, output }, [id]) {
    const answer = await connection.client(TaskService).cancelTask({ id: idOf(id) });
    output.message(CancelTaskResponseSchema, answer, () => (answer.task ? describeTask(answer.task) : ""));
    return exitCodes.done;
  },
};

export const taskRetry: Command = {
  name: "task retry",
  operands: "ID",
  summary: "run a task again, as a new one",
  options: {},
  async run({ connection, output }, [id]) {
    const answer = await connection.client(TaskService).retryTask({ id: idOf(id) });
    output.message(RetryTaskResponseSchema, answer, () => (answer.task ? describeTask(answer.task) : ""));
    return exitCodes.done;
  },
};

export const logs: Command = {
  name: "logs",
  operands: "ID",
  summary: "write a task's log, and follow it until the task has ended",
  options: {},
  async run(context, [id]) {
    const task = await followTask(context, idOf(id));
    if (hasEnded(task)) context.output.remark(describeTask(task));
    return exitCodeOf(task);
  },
};
