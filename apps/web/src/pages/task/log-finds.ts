import type { LogLevels } from "#api/log/use-log-levels.ts";
import type { LogSearching } from "#api/log/use-log-search.ts";
import type { LogLevel } from "#lib/log-source.ts";
import { taskStrings } from "#pages/strings/task-strings.ts";
import type { LogMark } from "#ui/log-viewer/log-channel.tsx";
import type { LogSearch } from "#ui/log-viewer/log-find.tsx";
import type { LevelCount } from "#ui/log-viewer/log-levels.tsx";

/** More marks than this only blacken the stripe. */
const mostMarks = 2000;

export function toLogSearch({ found }: LogSearching): LogSearch | undefined {
  if (found === undefined) return undefined;
  const { query, status, lines, current } = found;
  return {
    query,
    status,
    total: lines.length,
    current,
    line: lines[current - 1],
    message: status === "failed" ? taskStrings.log.badSearch : undefined,
  };
}

export function toLevelCounts(levels: LogLevels | undefined): readonly LevelCount[] {
  if (levels === undefined) return [];
  return [
    { level: "error", count: levels.error.length },
    { level: "warn", count: levels.warn.length },
  ];
}

/** The next line of a level after a line, or the one before it. */
export function nearestOf(
  levels: LogLevels | undefined,
  level: LogLevel,
  direction: 1 | -1,
  line: number,
): number | undefined {
  const lines = level === "info" ? [] : (levels?.[level] ?? []);
  return direction === 1 ? lines.find((number) => number > line) : lines.findLast((number) => number < line);
}

/** Errors, warnings and hits for the stripe beside the log. */
export function toMarks(levels: LogLevels | undefined, found: LogSearching["found"]): readonly LogMark[] {
  return [
    ...thin(levels?.warn ?? []).map((line) => ({ line, kind: "warn" as const })),
    ...thin(levels?.error ?? []).map((line) => ({ line, kind: "error" as const })),
    ...thin(found?.lines ?? []).map((line) => ({ line, kind: "hit" as const })),
  ];
}

function thin(lines: readonly number[]): readonly number[] {
  const step = Math.ceil(lines.length / mostMarks);
  return step <= 1 ? lines : lines.filter((_, index) => index % step === 0);
}
