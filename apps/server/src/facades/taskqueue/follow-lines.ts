import { followLog } from "#core/logs/follow-log.ts";
import type { LogStream } from "#core/logs/log.ts";
import type { Ports } from "#core/ports/index.ts";
import type { TaskId } from "#core/tasks/task.ts";

/** A line that has not ended is told in parts of so many characters. */
const longestPart = 1_048_576;

/**
 * A task's lines of one stream from the start, then live, until it has ended.
 *
 * @throws RefusedError `not-found` for an unknown task
 */
export async function* followLines(
  ports: Pick<Ports, "store" | "logs">,
  { taskId, stream }: { readonly taskId: TaskId; readonly stream: LogStream },
  signal: AbortSignal,
): AsyncIterable<string> {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let begun = "";
  for await (const { chunks } of followLog(ports, { taskId, offset: 0 }, signal)) {
    // What is said of a gap is said in every stream.
    const ours = chunks.filter((chunk) => chunk.stream === stream || chunk.gap);
    begun += ours.map(({ bytes }) => decoder.decode(bytes, { stream: true })).join("");
    const lines = begun.split("\n");
    begun = lines.pop() ?? "";
    yield* lines;
    for (; begun.length > longestPart; begun = begun.slice(longestPart)) yield begun.slice(0, longestPart);
  }
  begun += decoder.decode();
  if (begun !== "") yield begun;
}
