import { LogLevel as WireLevel } from "@tributary/proto/tributary/v1/logs_pb";
import { useCallback, useEffect, useState, useSyncExternalStore } from "react";

import { findLine } from "#api/log/find-line.ts";
import { useLogTransport } from "#api/log/log-transport.ts";
import { searchGrowing } from "#api/log/search-growing.ts";
import { subscribeCalmly } from "#api/log/subscribe-calmly.ts";
import type { LogLevel } from "#lib/log-source.ts";
import type { WindowedLog } from "#lib/windowed-log.ts";

/** Lines of a level whose numbers are kept for the stripe. */
const mostLines = 10_000;
const wire: Readonly<Record<LogLevel, WireLevel>> = {
  error: WireLevel.ERROR,
  warn: WireLevel.WARN,
  info: WireLevel.INFO,
};

export interface LogLevels {
  /** Lines that look like errors, and like warnings, in the whole log. */
  readonly counts: Readonly<Record<"error" | "warn", number>>;
  /** Numbers of the first of them, from 1 and increasing. */
  readonly lines: Readonly<Record<"error" | "warn", readonly number[]>>;
  /** The next line of a level after a line, or the one before it. */
  readonly find: (level: LogLevel, direction: 1 | -1, line: number) => Promise<number | undefined>;
}

const none: LogLevels["lines"] = { error: [], warn: [] };

/** How many lines of a log look like errors or warnings, and which; the server knows. */
export function useLogLevels(taskId: number, log: WindowedLog): LogLevels {
  const transport = useLogTransport();
  const counts = useCounts(log);
  const [lines, setLines] = useState(none);
  const anyError = counts.error > 0;
  const anyWarning = counts.warn > 0;
  useEffect(() => {
    const closed = new AbortController();
    const { signal } = closed;
    setLines(none);
    const read = async (level: "error" | "warn") => {
      const query = { taskId, levels: [wire[level]] };
      for await (const step of searchGrowing({ transport, query, log, limit: mostLines, signal })) {
        if (signal.aborted) return;
        if (step.lines.length > 0) setLines((old) => ({ ...old, [level]: [...old[level], ...step.lines] }));
      }
    };
    // without marks the log is as complete as with them
    if (anyError) read("error").catch(() => undefined);
    if (anyWarning) read("warn").catch(() => undefined);
    return () => closed.abort();
  }, [transport, taskId, log, anyError, anyWarning]);
  const find: LogLevels["find"] = (level, direction, line) =>
    findLine(transport, { taskId, levels: [wire[level]] }, direction, line);
  return { counts, lines, find };
}

function useCounts(log: WindowedLog): LogLevels["counts"] {
  const subscribe = useCallback((listener: () => void) => subscribeCalmly(log, listener), [log]);
  return useSyncExternalStore(subscribe, () => log.levels);
}
