import { type LogChunk, LogStream } from "@tributary/proto/tributary/v1/logs_pb";

import { toMs } from "#api/time.ts";
import type { LogLine } from "#lib/log-source.ts";

/** Lines in a row, beginning at a position. */
export interface LineRun {
  readonly from: number;
  readonly lines: readonly LogLine[];
}

/** Characters of one line that are kept; the rest is counted. The server cuts lines that are read by number alike. */
const longest = 65_536;

const streams: Partial<Record<LogStream, "stdout" | "stderr" | "system">> = {
  [LogStream.STDOUT]: "stdout",
  [LogStream.STDERR]: "stderr",
  [LogStream.WORKER]: "system",
};

/** The line that has no end yet. */
interface Unfinished {
  readonly number: number;
  readonly text: string;
  readonly cut: number;
}

/**
 * Makes lines of the pieces in which output comes. Pieces begin and end anywhere: inside a line, inside a character.
 */
export class ChunkLines {
  #unfinished: Unfinished | undefined;
  #decoder = new TextDecoder();
  #stream: LogStream | undefined;

  /** The next piece does not follow on the last. Answers the number of the line that is now left unfinished. */
  skip(): number | undefined {
    const left = this.#unfinished?.number;
    this.#unfinished = undefined;
    this.#decoder = new TextDecoder();
    this.#stream = undefined;
    return left;
  }

  /**
   * The lines of one piece, which begins a line or follows on the piece before; the last may be unfinished and comes
   * again, longer, with the next piece.
   */
  take(chunk: LogChunk): LineRun {
    if (chunk.stream !== this.#stream) this.#decoder = new TextDecoder();
    this.#stream = chunk.stream;
    const parts = this.#decoder.decode(chunk.content, { stream: true }).split("\n");
    const before = this.#unfinished?.number === chunk.firstLine ? this.#unfinished : undefined;
    const first = this.#join(before, parts[0] ?? "");
    const at = toMs(chunk.time);
    const stream = streams[chunk.stream];
    const line = (text: string, cut = 0): LogLine => ({
      text,
      at,
      stream,
      ...(cut > 0 && { cut }),
    });
    const lines = [
      line(first.text, first.cut),
      ...parts.slice(1).map((text) => line(text.slice(0, longest), Math.max(0, text.length - longest))),
    ];
    this.#keepLast(chunk.firstLine, parts, first);
    // a piece that ends with a line's end is followed by nothing yet
    if (parts.at(-1) === "" && parts.length > 1) lines.pop();
    return { from: chunk.firstLine, lines };
  }

  #join(before: Unfinished | undefined, text: string): { readonly text: string; readonly cut: number } {
    const room = longest - (before?.text.length ?? 0);
    return {
      text: (before?.text ?? "") + text.slice(0, room),
      cut: (before?.cut ?? 0) + Math.max(0, text.length - room),
    };
  }

  #keepLast(number: number, parts: readonly string[], first: { readonly text: string; readonly cut: number }): void {
    const last = parts.at(-1) ?? "";
    if (parts.length === 1) this.#unfinished = { number, ...first };
    else if (last === "") this.#unfinished = undefined;
    else this.#unfinished = { number: number + parts.length - 1, ...this.#join(undefined, last) };
  }
}
