import type { MessageInitShape } from "@bufbuild/protobuf";
import type { TaskSchema } from "@tributary/proto/scitq/taskqueue_pb";
import type { RunSpec } from "#core/tasks/run-spec.ts";
import type { Task } from "#core/tasks/task.ts";
import { isTerminal } from "#core/tasks/transitions.ts";
import { letterOf } from "#facades/taskqueue/letters.ts";
import { toTitle } from "#facades/taskqueue/translate.ts";

/** What scitq calls some reasons of failed tasks; it calls all others `other`. */
const failureClasses: Readonly<Record<string, string>> = {
  "timed-out": "timeout",
  "memory-limit": "oom",
  lost: "eviction",
};

/** @param workerNumber - of the worker of its current or last attempt */
export function fromTask(
  task: Task,
  spec: RunSpec | undefined,
  workerNumber: number | undefined,
): MessageInitShape<typeof TaskSchema> {
  const { command, shell } = fromCommand(spec);
  const failures = task.userFailures + task.systemFailures;
  return {
    taskId: task.id,
    command,
    container: "bare",
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
    ...(task.state === "failed" ? { failureClass: failureClasses[task.reason?.code ?? ""] ?? "other" } : {}),
  };
}

/** What {@link toRunSpec} made of it, backwards. */
function fromCommand(spec: RunSpec | undefined): { readonly command: string; readonly shell?: string } {
  if (spec?.command.kind === "shell") return { command: spec.command.script };
  const [shell, , command] = spec?.command.kind === "argv" ? spec.command.argv : [];
  return command === undefined || shell === undefined ? { command: "" } : { command, shell };
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
