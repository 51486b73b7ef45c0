import { createClient, type Transport } from "@connectrpc/connect";
import { LogService, SearchEnd } from "@tributary/proto/tributary/v1/logs_pb";

import { changed } from "#api/log/changed.ts";
import type { LineQuery } from "#api/log/find-line.ts";
import type { Run } from "#lib/line-runs.ts";
import type { LogSource } from "#lib/log-source.ts";

export interface GrowingRuns {
  readonly transport: Transport;
  readonly query: LineQuery;
  readonly log: LogSource;
  /** Milliseconds between two searches of a log that grows. */
  readonly rest: number;
  readonly signal: AbortSignal;
}

/** What was found since the last time, as positions. */
export interface RunStep {
  readonly runs: readonly Run[];
  /** Everything there is now was searched. */
  readonly upToDate: boolean;
}

/** Runs in one answer to one search. */
const atOnce = 10_000;

/** All lines of a log that a query means, as runs, and those that come, until it ends or the signal aborts. */
export async function* growingRuns({ transport, query, log, rest, signal }: GrowingRuns): AsyncGenerator<RunStep> {
  const client = createClient(LogService, transport);
  for (let firstLine = 0; ; ) {
    // Read before the search: what comes after it is searched next time.
    const { ended } = log;
    let end = SearchEnd.UNSPECIFIED;
    let reached = firstLine;
    const request = { ...query, firstLine, limit: atOnce, stopAtLimit: true, asRuns: true };
    for await (const answer of client.searchLog(request, { signal, timeoutMs: 0 })) {
      ({ end, endLine: reached } = answer);
      const runs = answer.runs.map((run) => ({ from: run.firstLine, to: run.firstLine + run.lineCount }));
      yield { runs, upToDate: end === SearchEnd.COMPLETE };
    }
    if (signal.aborted || (end === SearchEnd.COMPLETE && ended)) return;
    // A search that ended before the end of the log goes on at once, if it came any further.
    if (end === SearchEnd.COMPLETE || reached === firstLine) await changed(log, signal, rest);
    firstLine = reached;
  }
}
