import { ConnectError } from "@connectrpc/connect";
import { useEffect, useRef, useState } from "react";

import { findLine } from "#api/log/find-line.ts";
import { useLogTransport } from "#api/log/log-transport.ts";
import { searchGrowing } from "#api/log/search-growing.ts";
import { streamQuery } from "#api/log/use-filtered-log.ts";
import type { LogFilter } from "#lib/log-filter.ts";
import type { LogQuery } from "#lib/log-search.ts";
import type { LogSource } from "#lib/log-source.ts";

/** Numbers of hits that are kept; the others are counted, and asked for when somebody steps to them. */
const mostLines = 10_000;

interface Found {
  readonly query: LogQuery;
  readonly status: "searching" | "done" | "failed";
  readonly total: number;
  /** Numbers of the first lines with a hit, from 1 and increasing. */
  readonly lines: readonly number[];
  /** The hit stood on, from 1; 0 before the first step. */
  readonly current: number;
  /** Number of its line. */
  readonly line?: number | undefined;
  /** Why it failed. */
  readonly message?: string | undefined;
}

/** What a search over the whole log found, and the ways to change it. */
export interface LogSearching {
  readonly found: Found | undefined;
  readonly find: (query: LogQuery) => void;
  /** To the next hit or the one before, around the ends. */
  readonly step: (direction: 1 | -1) => void;
}

/** Has the server search a whole log, however little of it is on the page. It goes on while the log grows. */
export function useLogSearch(
  taskId: number,
  log: LogSource,
  query: LogQuery | undefined,
  onQuery: (query: LogQuery) => void,
  within: Pick<LogFilter, "stream">,
): LogSearching {
  const transport = useLogTransport();
  const [kept, setFound] = useState<Found>();
  const { stream } = within;
  // Until the first answer a query that is new stands as it is.
  const found = query?.text ? (kept?.query === query ? kept : begun(query)) : undefined;
  const stepping = useRef(false);
  useEffect(() => {
    setFound(query?.text ? begun(query) : undefined);
    if (!query?.text) return;
    const closed = new AbortController();
    const { signal } = closed;
    const read = async () => {
      const search = {
        transport,
        query: { taskId, ...query, ...streamQuery({ stream }) },
        log,
        limit: mostLines,
        signal,
      };
      for await (const { lines, found: more, upToDate } of searchGrowing(search)) {
        if (signal.aborted) return;
        setFound(
          (old) =>
            old && {
              ...old,
              total: old.total + more,
              lines: lines.length > 0 ? [...old.lines, ...lines] : old.lines,
              status: upToDate ? "done" : "searching",
            },
        );
      }
    };
    read().catch((error: unknown) => {
      const message = ConnectError.from(error).rawMessage.replace(/^text: /, "");
      if (!signal.aborted) setFound((old) => old && { ...old, status: "failed", message });
    });
    return () => closed.abort();
  }, [query, stream, transport, taskId, log]);

  const step = (direction: 1 | -1) => {
    if (!found || found.total === 0 || stepping.current) return;
    const current = around(found.current, direction, found.total);
    const put = (line: number | undefined) =>
      setFound((old) => (old?.query === found.query && line !== undefined ? { ...old, current, line } : old));
    const known = found.lines[current - 1];
    if (known !== undefined) return put(known);
    stepping.current = true;
    // Around the beginning, the last hit is found from the end.
    const from = direction === -1 && current === found.total ? log.lineCount + 1 : (found.line ?? 0);
    findLine(transport, { taskId, ...found.query, ...streamQuery({ stream }) }, direction, from)
      .then(put, () => undefined)
      .finally(() => {
        stepping.current = false;
      });
  };
  return { found, find: onQuery, step };
}

function begun(query: LogQuery): Found {
  return { query, status: "searching", total: 0, lines: [], current: 0 };
}

function around(current: number, direction: 1 | -1, total: number): number {
  if (current === 0) return direction === 1 ? 1 : total;
  return ((current - 1 + direction + total) % total) + 1;
}
