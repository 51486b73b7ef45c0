import { LogLevel as WireLevel } from "@tributary/proto/tributary/v1/logs_pb";
import { useCallback, useEffect, useState, useSyncExternalStore } from "react";

import { findLine } from "#api/log/find-line.ts";
import { useLogTransport } from "#api/log/log-transport.ts";
import { searchGrowing } from "#api/log/search-growing.ts";
import { subscribeCalmly } from "#api/log/subscribe-calmly.ts";
import { streamQuery } from "#api/log/use-filtered-log.ts";
import type { LogFilter } from "#lib/log-filter.ts";
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

const noneFound: LogLevels["counts"] = { error: 0, warn: 0 };
const none: LogLevels["lines"] = { error: [], warn: [] };

/** How many lines of a log look like errors or warnings, and which; the server knows. */
export function useLogLevels(taskId: number, log: WindowedLog, within: Pick<LogFilter, "stream">): LogLevels {
  const transport = useLogTransport();
  const whole = useCounts(log);
  const { stream } = within;
  const [found, setFound] = useState(noneFound);
  const [lines, setLines] = useState(none);
  const anyError = whole.error > 0;
  const anyWarning = whole.warn > 0;
  useEffect(() => {
    const closed = new AbortController();
    const { signal } = closed;
    setLines(none);
    setFound(noneFound);
    const read = async (level: "error" | "warn") => {
      const query = { taskId, levels: [wire[level]], ...streamQuery({ stream }) };
      for await (const step of searchGrowing({ transport, query, log, limit: mostLines, signal })) {
        if (signal.aborted) return;
        if (step.lines.length > 0) setLines((old) => ({ ...old, [level]: [...old[level], ...step.lines] }));
        if (step.found > 0) setFound((old) => ({ ...old, [level]: old[level] + step.found }));
      }
    };
    // without marks the log is as complete as with them
    if (anyError) read("error").catch(() => undefined);
    if (anyWarning) read("warn").catch(() => undefined);
    return () => closed.abort();
  }, [transport, taskId, log, stream, anyError, anyWarning]);
  const find: LogLevels["find"] = (level, direction, line) =>
    findLine(transport, { taskId, levels: [wire[level]], ...streamQuery({ stream }) }, direction, line);
  // Of one stream nobody has counted: what was found there is what there is.
  return { counts: stream === undefined ? whole : found, lines, find };
}

function useCounts(log: WindowedLog): LogLevels["counts"] {
  const subscribe = useCallback((listener: () => void) => subscribeCalmly(log, listener), [log]);
  return useSyncExternalStore(subscribe, () => log.levels);
}
