import type { LogLine, LogStream } from "#core/logs/log.ts";
import type { LogStore } from "#core/ports/log-store.ts";
import type { TaskId } from "#core/tasks/task.ts";

const linesAtOnce = 1_000;
/** Beyond so many lines from the end, those of the other stream among them, nothing is looked for. */
const farthest = 200_000;

/** The last lines of a stream, but for so many at its very end; oldest first. */
export async function lastLines(
  logs: LogStore,
  { taskId, stream, count, skip }: { taskId: TaskId; stream: LogStream; count: number; skip: number },
): Promise<readonly string[]> {
  const { lines } = await logs.size(taskId);
  const found: LogLine[] = [];
  for (let end = lines; end > Math.max(0, lines - farthest) && found.length < count + skip; end -= linesAtOnce) {
    const block = await readBlock(logs, taskId, Math.max(0, end - linesAtOnce), end);
    found.unshift(...block.filter((line) => line.stream === stream));
  }
  const upTo = Math.max(0, found.length - skip);
  const decoder = new TextDecoder();
  return found.slice(Math.max(0, upTo - count), upTo).map(({ bytes }) => decoder.decode(bytes));
}

async function readBlock(logs: LogStore, taskId: TaskId, first: number, end: number): Promise<readonly LogLine[]> {
  const block: LogLine[] = [];
  for (let next = first; next < end; ) {
    const lines = await logs.readLines(taskId, next, end - next);
    const last = lines.at(-1);
    if (!last) break;
    block.push(...lines);
    next = last.gap ? last.gap.firstLine + last.gap.lines : last.number + 1;
  }
  return block;
}
