import type { MessageInitShape } from "@bufbuild/protobuf";
import type { TaskSchema } from "@tributary/proto/taskqueue/taskqueue_pb";
import { commandText, type RunCommand, type RunSpec } from "#core/tasks/run-spec.ts";
import type { Task } from "#core/tasks/task.ts";
import { letterOf } from "#facades/taskqueue/letters.ts";
import { joinWords } from "#facades/taskqueue/shell-words.ts";

const longestTitle = 80;

/** The first line of a command, cut to a length that fits a list. */
export function toTitle(command: string): string {
  const line = command.trim().split("\n", 1)[0]?.trim() ?? "";
  if (line === "") return "(empty command)";
  return line.length > longestTitle ? `${line.slice(0, longestTitle - 1)}…` : line;
}

export function fromTask(task: Task, spec: RunSpec | undefined): MessageInitShape<typeof TaskSchema> {
  return {
    taskId: task.id,
    command: spec ? fromCommand(spec.command) : "",
    container: spec?.environment.kind === "image" ? spec.environment.image : "bare",
    status: letterOf(task),
  };
}

/** Clients of this version have `sh -c` run it. */
function fromCommand(command: RunCommand): string {
  return command.kind === "argv" ? joinWords(command.argv) : commandText(command);
}
