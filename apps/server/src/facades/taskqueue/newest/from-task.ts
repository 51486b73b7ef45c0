import type { MessageInitShape } from "@bufbuild/protobuf";
import type { TaskSchema } from "@tributary/proto/scitq/taskqueue_pb";
import type { RunCommand, RunSpec } from "#core/tasks/run-spec.ts";
import type { Task } from "#core/tasks/task.ts";
import { isTerminal } from "#core/tasks/transitions.ts";
import { letterOf } from "#facades/taskqueue/letters.ts";
import { fromReason } from "#facades/taskqueue/newest/failures.ts";
import { joinWords } from "#facades/taskqueue/shell-words.ts";
import { toTitle } from "#facades/taskqueue/translate.ts";

/** @param workerNumber - of the worker of its current or last attempt */
export function fromTask(
  task: Task,
  spec: RunSpec | undefined,
  workerNumber: number | undefined,
): MessageInitShape<typeof TaskSchema> {
  const container = spec?.environment.kind === "image" ? spec.environment.image : "bare";
  const { command, shell } = fromCommand(spec?.command, container);
  const failures = task.userFailures + task.systemFailures;
  return {
    taskId: task.id,
    command,
    container,
    status: letterOf(task),
    retry: Math.max(0, (spec?.userRetries ?? 0) - task.userFailures),
    retryCount: task.state === "failed" ? Math.max(0, failures - 1) : failures,
    createdAt: toSeconds(task.createdAt),
    modifiedAt: toSeconds(Math.max(task.createdAt, task.queuedAt ?? 0, task.startedAt ?? 0, task.endedAt ?? 0)),
    ...(shell === undefined ? {} : { shell }),
    ...(task.title === toTitle(command) ? {} : { taskName: task.title }),
    ...(spec?.timeLimit === undefined ? {} : { runningTimeout: spec.timeLimit / 1_000 }),
    ...(workerNumber === undefined ? {} : { workerId: workerNumber }),
    ...timesOf(task),
    ...(task.state === "failed" ? { failureClass: fromReason(task) } : {}),
  };
}

/** Source: without a shell the newest worker splits a command for a container, and has `sh` run what is bare. */
function fromCommand(
  command: RunCommand | undefined,
  container: string,
): { readonly command: string; readonly shell?: string } {
  if (command?.kind === "shell") {
    return container === "bare" ? { command: command.script } : { command: command.script, shell: "sh" };
  }
  const argv = command?.kind === "argv" ? command.argv : [];
  const [shell = "", option, script] = argv;
  return argv.length === 3 && option === "-c" && script !== undefined
    ? { command: script, shell }
    : { command: joinWords(argv) };
}

function timesOf({ state, startedAt, endedAt }: Task): MessageInitShape<typeof TaskSchema> {
  if (startedAt === undefined) return {};
  const runStartTime = toSeconds(startedAt);
  if (!isTerminal(state) || endedAt === undefined) return { runStartTime };
  return { runStartTime, runDuration: Math.max(0, Math.round((endedAt - startedAt) / 1_000)) };
}

function toSeconds(milliseconds: number): bigint {
  return BigInt(Math.floor(milliseconds / 1_000));
}
