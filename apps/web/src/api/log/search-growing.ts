import { createClient, type Transport } from "@connectrpc/connect";
import { LogService, SearchEnd } from "@tributary/proto/tributary/v1/logs_pb";

import { changed } from "#api/log/changed.ts";
import type { LineQuery } from "#api/log/find-line.ts";
import type { LogSource } from "#lib/log-source.ts";

/** What was found since the last time. */
export interface SearchStep {
  /** Numbers that readers see, increasing. */
  readonly lines: readonly number[];
  /** Lines found, also those whose number is not told. */
  readonly found: number;
  /** Everything there is now was searched. */
  readonly upToDate: boolean;
}

export interface SearchGrowing {
  readonly transport: Transport;
  readonly query: LineQuery;
  readonly log: LogSource;
  /** Numbers that are told at most. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

/** Searches a log, and what comes to it, until it ends or the signal aborts. */
export async function* searchGrowing(options: SearchGrowing): AsyncGenerator<SearchStep> {
  const { transport, query, log, signal } = options;
  const client = createClient(LogService, transport);
  let firstLine = 0;
  let told = 0;
  for (;;) {
    // Read before the search: what comes after it is searched next time.
    const { ended } = log;
    let end = SearchEnd.COMPLETE;
    let found = 0;
    let reached = firstLine;
    const limit = Math.max(1, options.limit - told);
    for await (const answer of client.searchLog({ ...query, firstLine, limit }, { signal, timeoutMs: 0 })) {
      const lines = told < options.limit ? answer.lines.map((line) => line + 1) : [];
      told += lines.length;
      ({ end, endLine: reached } = answer);
      yield { lines, found: answer.foundCount - found, upToDate: end === SearchEnd.COMPLETE };
      found = answer.foundCount;
    }
    if (signal.aborted || (end === SearchEnd.COMPLETE && ended)) return;
    // A search whose time was over goes on at once, if it came any further.
    if (end !== SearchEnd.TIME || reached === firstLine) await changed(log, signal);
    firstLine = reached;
  }
}
