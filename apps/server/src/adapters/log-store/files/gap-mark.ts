import type { LogChunk, LogGap, LogLine } from "#core/logs/log.ts";

/** What is said in the place of what is not kept. */
function textOf({ lines, bytes }: LogGap): string {
  const count = (number: number) => number.toLocaleString("en-US");
  return `[tributary] ${count(lines)} lines (${count(bytes)} bytes) are left out here: the log is longer than its limit`;
}

/** The line that stands for all lines in a gap. */
export function gapLine(gap: LogGap, number: number): LogLine {
  const bytes = Buffer.from(textOf(gap));
  return { number, attempt: 0, stream: "worker", at: 0, level: "warn", bytes, cutBytes: 0, gap };
}

/** The piece that stands for a gap, wherever in it one begins to read. */
export function gapChunk(gap: LogGap, taskId: number, openLine: boolean): LogChunk {
  return {
    taskId,
    attempt: 0,
    stream: "worker",
    at: 0,
    offset: gap.offset,
    nextOffset: gap.offset + gap.bytes,
    firstLine: gap.firstLine,
    bytes: Buffer.from(`${openLine ? "\n" : ""}${textOf(gap)}\n`),
    gap,
  };
}
