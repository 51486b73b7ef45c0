import { useEffect, useState } from "react";

import { useLogTransport } from "#api/log/log-transport.ts";
import { readThrough } from "#api/log/read-through.ts";
import { plainText } from "#lib/ansi.ts";
import { type LogQuery, queryPattern } from "#lib/log-search.ts";
import type { LogSource } from "#lib/log-source.ts";

/** Lines that are searched at most; for more there is the download. */
const longest = 2_000_000;

interface Found {
  readonly query: LogQuery;
  readonly status: "searching" | "done" | "failed";
  /** Numbers of the lines with a hit, from 1 and increasing. */
  readonly lines: readonly number[];
  readonly current: number;
}

/** What a search over the whole log found, and the ways to change it. */
export interface LogSearching {
  readonly found: Found | undefined;
  readonly find: (query: LogQuery) => void;
  /** To the next hit or the one before, around the ends. */
  readonly step: (direction: 1 | -1) => void;
}

/** Searches a whole log, line by line, however little of it is on the page. It goes on while the log grows. */
export function useLogSearch(taskId: number, log: LogSource): LogSearching {
  const transport = useLogTransport();
  const [found, setFound] = useState<Found>();
  const [query, setQuery] = useState<LogQuery>();
  useEffect(() => {
    const pattern = query && queryPattern(query);
    if (query === undefined || pattern === undefined) {
      setFound(query && query.text !== "" ? { query, status: "failed", lines: [], current: 0 } : undefined);
      return;
    }
    const closed = new AbortController();
    const { signal } = closed;
    setFound({ query, status: "searching", lines: [], current: 0 });
    const add = (lines: readonly number[], reached: number) =>
      setFound(
        (old) =>
          old && { ...old, lines: [...old.lines, ...lines], status: reached >= log.lineCount ? "done" : "searching" },
      );
    const read = async () => {
      for await (const { first, texts } of readThrough({ transport, taskId, log, limit: longest, signal })) {
        if (signal.aborted) return;
        add(
          hits(texts, pattern).map((index) => first + index + 1),
          first + texts.length,
        );
      }
      if (!signal.aborted) add([], Number.POSITIVE_INFINITY);
    };
    read().catch(() => !signal.aborted && setFound((old) => old && { ...old, status: "failed" }));
    return () => closed.abort();
  }, [query, transport, taskId, log]);
  const step = (direction: 1 | -1) =>
    setFound((old) =>
      old && old.lines.length > 0 ? { ...old, current: around(old.current, direction, old.lines.length) } : old,
    );
  return { found, find: setQuery, step };
}

function hits(texts: readonly string[], pattern: RegExp): readonly number[] {
  return texts.flatMap((text, index) => {
    pattern.lastIndex = 0;
    return pattern.test(plainText(text)) ? [index] : [];
  });
}

function around(current: number, direction: 1 | -1, total: number): number {
  if (current === 0) return direction === 1 ? 1 : total;
  return ((current - 1 + direction + total) % total) + 1;
}
