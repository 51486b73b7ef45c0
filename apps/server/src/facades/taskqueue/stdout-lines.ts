import type { LogStore } from "#core/ports/log-store.ts";
import type { TaskId } from "#core/tasks/task.ts";

const linesAtOnce = 1_000;

/**
 * A task's stdout from the start to its present end, line by line.
 *
 * Source: the reference server reads the file of one stream and does not follow it.
 */
export async function* stdoutLines(logs: LogStore, taskId: TaskId): AsyncIterable<string> {
  const { lines: end } = await logs.size(taskId);
  for (let first = 0; first < end; ) {
    const lines = await logs.readLines(taskId, first, Math.min(linesAtOnce, end - first));
    const last = lines.at(-1);
    if (!last) return;
    // What is said of a gap is said in every stream.
    for (const line of lines) if (line.stream === "stdout" || line.gap) yield new TextDecoder().decode(line.bytes);
    first = last.gap ? last.gap.firstLine + last.gap.lines : last.number + 1;
  }
}
