import { LogLevel, LogStream, type LogLine as WireLine } from "@tributary/proto/tributary/v1/logs_pb";

import { toMs } from "#api/time.ts";
import type { LogLine } from "#lib/log-source.ts";

/** Lines of which one is in view, however small the window. */
const everyView = 10;

/**
 * What is shown of a line that was read: itself, or, where it stands for lines that are not kept, each of these up to,
 * not including, `to`; one in each view says so.
 */
export function toLines(line: WireLine, to: number): readonly LogLine[] {
  const { gap } = line;
  if (!gap) return [fromWire(line)];
  const end = Math.min(to, gap.firstLine + gap.lineCount);
  return Array.from({ length: Math.max(0, end - line.number) }, (_, index) => ({
    text: (line.number + index - gap.firstLine) % everyView === 0 ? line.text : "",
    stream: "system" as const,
    left: true,
  }));
}

const levels = { [LogLevel.ERROR]: "error", [LogLevel.WARN]: "warn", [LogLevel.INFO]: "info" } as const;

function fromWire({ text, time, stream, level, cut, cutBytes }: WireLine): LogLine {
  return {
    text,
    at: toMs(time),
    stream: stream === LogStream.STDERR ? "stderr" : stream === LogStream.WORKER ? "system" : "stdout",
    level: level === LogLevel.UNSPECIFIED ? undefined : levels[level],
    ...(cut && { cut: Math.max(1, Number(cutBytes)) }),
  };
}
