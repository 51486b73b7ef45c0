import { useEffect, useState } from "react";

import { useLogTransport } from "#api/log/log-transport.ts";
import { type LinePage, readThrough } from "#api/log/read-through.ts";
import { plainText } from "#lib/ansi.ts";
import { detectLevel } from "#lib/log-level.ts";
import type { LogLevel, LogSource } from "#lib/log-source.ts";

/** Longer logs are not read through for their levels. */
const longest = 200_000;

export interface LogLevels {
  /** Numbers of the lines that look like errors, and like warnings, from 1 and increasing. */
  readonly error: readonly number[];
  readonly warn: readonly number[];
  /** All lines that were looked at. */
  readonly lines: number;
}

const none: LogLevels = { error: [], warn: [], lines: 0 };

/** Which lines of a log look like errors or warnings; undefined for a log that is too long to be read through. */
export function useLogLevels(taskId: number, log: LogSource): LogLevels | undefined {
  const transport = useLogTransport();
  const [levels, setLevels] = useState<LogLevels | undefined>(none);
  useEffect(() => {
    const closed = new AbortController();
    const { signal } = closed;
    setLevels(log.lineCount > longest ? undefined : none);
    if (log.lineCount > longest) return;
    const read = async () => {
      let all = none;
      for await (const page of readThrough({ transport, taskId, log, limit: longest, signal })) {
        all = extend(all, page);
        if (signal.aborted) return;
        setLevels(log.lineCount > longest ? undefined : all);
        if (log.lineCount > longest) return;
      }
    };
    // without levels the log is as complete as with them
    read().catch(() => undefined);
    return () => closed.abort();
  }, [transport, taskId, log]);
  return levels;
}

function extend(levels: LogLevels, { first, texts }: LinePage): LogLevels {
  const found = texts.map((text) => detectLevel(plainText(text)));
  const numbers = (level: LogLevel) => found.flatMap((each, index) => (each === level ? [first + index + 1] : []));
  const [error, warn] = [numbers("error"), numbers("warn")];
  return {
    error: error.length > 0 ? [...levels.error, ...error] : levels.error,
    warn: warn.length > 0 ? [...levels.warn, ...warn] : levels.warn,
    lines: first + texts.length,
  };
}
