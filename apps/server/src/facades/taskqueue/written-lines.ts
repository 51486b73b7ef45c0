import type { LogStream } from "#core/logs/log.ts";
import type { LogStore } from "#core/ports/log-store.ts";
import type { TaskId } from "#core/tasks/task.ts";
import type { TaskLine } from "#facades/taskqueue/follow-lines.ts";

const linesAtOnce = 1_000;

/**
 * A task's output from the start to its present end, line by line.
 *
 * Source: the reference server reads the file of one stream and does not follow it.
 *
 * @param streams - those that are asked for; what is said of a gap is said in every stream
 */
export async function* writtenLines(
  logs: LogStore,
  taskId: TaskId,
  streams: readonly LogStream[],
): AsyncIterable<TaskLine> {
  const decoder = new TextDecoder();
  const { lines: end } = await logs.size(taskId);
  for (let first = 0; first < end; ) {
    const lines = await logs.readLines(taskId, first, Math.min(linesAtOnce, end - first));
    const last = lines.at(-1);
    if (!last) return;
    for (const { stream, gap, bytes } of lines) {
      if (streams.includes(stream)) yield { stream, text: decoder.decode(bytes) };
      else if (gap) yield { stream: "stdout", text: decoder.decode(bytes) };
    }
    first = last.gap ? last.gap.firstLine + last.gap.lines : last.number + 1;
  }
}
