import { levelHint, levelOf } from "@tributary/proto/rules/log-level";
import { type GroupMark, groupMarkOf } from "#core/logs/group-mark.ts";
import type { LogLevel, LogStream } from "#core/logs/log.ts";
import { plainText } from "#core/logs/plain-text.ts";
import { hintsAtGroup } from "./group-hints.ts";

const lineEnd = 0x0a;
const noHead = Buffer.alloc(0);
/** Bytes of a line's beginning that are kept until its end comes: enough for its level, colours included. */
export const longestHead = 1_024;

export interface LevelCount {
  readonly errors: number;
  readonly warnings: number;
  /** The beginning of the line that has no end yet. */
  readonly head: Buffer;
}

/** The level of a line, of which only the beginning is looked at. */
export function lineLevel(line: Uint8Array): LogLevel {
  const start = line.length > longestHead ? line.subarray(0, longestHead) : line;
  return levelOf(plainText(Buffer.from(start.buffer, start.byteOffset, start.length).toString()));
}

/** Whether a line begins or ends a group; what the worker says does neither. */
export function lineGroup(line: Buffer, stream: LogStream): GroupMark | undefined {
  const start = line.subarray(0, longestHead);
  return stream !== "worker" && hintsAtGroup(noHead, start) ? groupMarkOf(plainText(start.toString())) : undefined;
}

/** Counts the levels of the lines that end in a piece. */
export function countLevels(head: Buffer, bytes: Uint8Array): LevelCount {
  const piece = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const first = piece.indexOf(lineEnd);
  if (first < 0) return { errors: 0, warnings: 0, head: extend(head, piece) };
  const counts = { error: 0, warn: 0, info: 0 };
  counts[lineLevel(extend(head, piece.subarray(0, first)))]++;
  const last = piece.lastIndexOf(lineEnd);
  countWhole(piece.subarray(first + 1, last + 1), counts);
  return { errors: counts.error, warnings: counts.warn, head: extend(Buffer.alloc(0), piece.subarray(last + 1)) };
}

/** Counts whole lines; only those in which something hints at a level are looked at one by one. */
function countWhole(lines: Buffer, counts: Record<LogLevel, number>): void {
  // One character a byte: positions in the text are positions in the bytes.
  const text = lines.toString("latin1");
  levelHint.lastIndex = 0;
  for (let hint = levelHint.exec(text); hint; hint = levelHint.exec(text)) {
    const start = hint.index === 0 ? 0 : lines.lastIndexOf(lineEnd, hint.index - 1) + 1;
    const end = lines.indexOf(lineEnd, hint.index);
    counts[lineLevel(lines.subarray(start, end))]++;
    levelHint.lastIndex = end;
  }
}

function extend(head: Buffer, more: Buffer): Buffer {
  const room = longestHead - head.length;
  return room <= 0 || more.length === 0 ? head : Buffer.concat([head, more.subarray(0, room)]);
}
