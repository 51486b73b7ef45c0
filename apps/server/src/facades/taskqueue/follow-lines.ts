import { followLog } from "#core/logs/follow-log.ts";
import type { LogChunk, LogStream } from "#core/logs/log.ts";
import type { Ports } from "#core/ports/index.ts";
import type { TaskId } from "#core/tasks/task.ts";

/** A line that has not ended is told in parts of so many characters. */
const longestPart = 1_048_576;

/** A line of a task's output, without its end. */
export interface TaskLine {
  readonly stream: LogStream;
  readonly text: string;
}

/**
 * A task's lines of some streams from the start, then live, until it has ended.
 *
 * @throws RefusedError `not-found` for an unknown task
 */
export async function* followLines(
  ports: Pick<Ports, "store" | "logs">,
  { taskId, streams }: { readonly taskId: TaskId; readonly streams: readonly LogStream[] },
  signal: AbortSignal,
): AsyncIterable<TaskLine> {
  const begun = new Map(streams.map((stream) => [stream, new BegunLine()]));
  for await (const { chunks } of followLog(ports, { taskId, offset: 0 }, signal)) {
    for (const [stream, text] of linesOf(chunks, streams, begun)) yield { stream, text };
  }
  for (const [stream, line] of begun) {
    const text = line.end();
    if (text !== "") yield { stream, text };
  }
}

function* linesOf(
  chunks: readonly LogChunk[],
  streams: readonly LogStream[],
  begun: ReadonlyMap<LogStream, BegunLine>,
): Iterable<readonly [LogStream, string]> {
  for (const chunk of chunks) {
    // What is said of a gap is said in every stream, and once where there are several.
    const stream = chunk.gap && !streams.includes(chunk.stream) ? streams[0] : chunk.stream;
    if (stream === undefined) continue;
    for (const text of begun.get(stream)?.add(chunk.bytes) ?? []) yield [stream, text];
  }
}

/** The end of a stream that has no line end yet. */
class BegunLine {
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #text = "";

  /** The lines, and parts of a long one, that are whole with this. */
  add(bytes: Uint8Array): readonly string[] {
    const lines = (this.#text + this.#decoder.decode(bytes, { stream: true })).split("\n");
    this.#text = lines.pop() ?? "";
    for (; this.#text.length > longestPart; this.#text = this.#text.slice(longestPart)) {
      lines.push(this.#text.slice(0, longestPart));
    }
    return lines;
  }

  end(): string {
    return this.#text + this.#decoder.decode();
  }
}
