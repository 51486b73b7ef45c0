import type { ServiceImpl } from "@connectrpc/connect";
import type { TaskQueue } from "@tributary/proto/taskqueue/taskqueue_pb";
import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import { checkImageName } from "#core/tasks/image-name.ts";
import { knownTask } from "#core/tasks/known-task.ts";
import type { RunSpec } from "#core/tasks/run-spec.ts";
import { submitTask } from "#core/tasks/submit-task.ts";
import { followLines } from "#facades/taskqueue/follow-lines.ts";
import { listTasks } from "#facades/taskqueue/list-tasks.ts";
import { toTitle } from "#facades/taskqueue/translate.ts";
import { writtenLines } from "#facades/taskqueue/written-lines.ts";
import { answersBinary } from "#rpc/answers-binary.ts";
import { principalOf } from "#rpc/auth.ts";

type TaskHandlers = Pick<ServiceImpl<typeof TaskQueue>, "submitTask" | "listTasks" | "streamTaskLogs">;

const grace = 10_000;

export function taskHandlers(ports: Ports): TaskHandlers {
  const { store } = ports;
  return {
    async submitTask({ command, container }, context) {
      if (!isBare(container)) checkImageName(container, "container");
      const task = await submitTask(ports, {
        dialect: "taskqueue",
        projectId: "",
        projectName: "",
        title: toTitle(command),
        spec: toSpec(command, container),
        creator: principalOf(context).name,
      });
      return { taskId: task.id };
    },
    listTasks: ({ statusFilter }, context) => listTasks(store.view, statusFilter ?? "", answersBinary(context)),
    async *streamTaskLogs({ taskId }, { requestHeader, signal }) {
      const streams = isAsked(requestHeader, "stderr") ? (["stdout", "stderr"] as const) : (["stdout"] as const);
      const follows = isAsked(requestHeader, "follow");
      await store.transact(knownTask, taskId);
      const lines = follows
        ? followLines(ports, { taskId, streams }, signal)
        : writtenLines(ports.logs, taskId, streams);
      for await (const { stream, text } of lines) yield { taskId, logType: stream, logText: text };
    },
  };
}

/** Runs on the worker's machine itself. Source: scitq's literal `bare`; nothing at all is taken for the same. */
function isBare(container: string): boolean {
  return container === "" || container === "bare";
}

/**
 * Whether a request's metadata asks for more than the reference server answers.
 *
 * @throws RefusedError `invalid` for a value that says neither yes nor no
 */
function isAsked(metadata: Headers, name: "follow" | "stderr"): boolean {
  const value = metadata.get(name) ?? "false";
  if (value === "true" || value === "1") return true;
  if (value === "false" || value === "0") return false;
  throw new RefusedError("invalid", `${name}: ${JSON.stringify(value.slice(0, 40))} is neither true nor false`, name);
}

function toSpec(command: string, container: string): RunSpec {
  return {
    inputs: { kind: "none" },
    environment: isBare(container) ? { kind: "none" } : { kind: "image", image: container },
    command: { kind: "shell", script: command },
    variables: [],
    secrets: [],
    resources: {},
    grace,
    outputs: { saveChangedFiles: false, paths: [] },
    userRetries: 0,
    systemRetries: 3,
  };
}
