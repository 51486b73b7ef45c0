import type { LogLevels } from "#api/log/use-log-levels.ts";
import type { LogSearching } from "#api/log/use-log-search.ts";
import { taskStrings } from "#pages/strings/task-strings.ts";
import type { LogMark } from "#ui/log-viewer/log-channel.tsx";
import type { LogSearch } from "#ui/log-viewer/log-find.tsx";
import type { LevelCount } from "#ui/log-viewer/log-levels.tsx";

/** More marks than this only blacken the stripe. */
const mostMarks = 2000;

export function toLogSearch({ found }: LogSearching): LogSearch | undefined {
  if (found === undefined) return undefined;
  const { query, status, total, current, line, message } = found;
  const failed = status === "failed" ? { message: message ? taskStrings.log.badSearch(message) : undefined } : {};
  return { query, status, total, current, line, ...failed };
}

export function toLevelCounts({ counts }: LogLevels): readonly LevelCount[] {
  return [
    { level: "error", count: counts.error },
    { level: "warn", count: counts.warn },
  ];
}

/** Errors, warnings and hits for the stripe beside the log. */
export function toMarks({ lines }: Pick<LogLevels, "lines">, found: LogSearching["found"]): readonly LogMark[] {
  return [
    ...thin(lines.warn).map((line) => ({ line, kind: "warn" as const })),
    ...thin(lines.error).map((line) => ({ line, kind: "error" as const })),
    ...thin(found?.lines ?? []).map((line) => ({ line, kind: "hit" as const })),
  ];
}

function thin(lines: readonly number[]): readonly number[] {
  const step = Math.ceil(lines.length / mostMarks);
  return step <= 1 ? lines : lines.filter((_, index) => index % step === 0);
}
