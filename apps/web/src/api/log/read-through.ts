import { createClient, type Transport } from "@connectrpc/connect";
import { LogService } from "@tributary/proto/tributary/v1/logs_pb";

import type { LogSource } from "#lib/log-source.ts";

/** Lines of a log in a row; `first` counts from 0. */
export interface LinePage {
  readonly first: number;
  readonly texts: readonly string[];
}

export interface ReadThrough {
  readonly transport: Transport;
  readonly taskId: number;
  readonly log: LogSource;
  /** So many lines are read at most. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

const page = 5000;
/** Between two looks at a log that grows, in milliseconds. */
const rest = 500;

/** Reads a log from its beginning, page by page, and goes on while it grows; ends with the log, the limit or the signal. */
export async function* readThrough({ transport, taskId, log, limit, signal }: ReadThrough): AsyncGenerator<LinePage> {
  const client = createClient(LogService, transport);
  for (let first = 0; first < limit && !signal.aborted; ) {
    if (first >= log.lineCount) {
      if (log.ended) return;
      await change(log, signal);
      await pause(rest, signal);
      continue;
    }
    const wanted = Math.min(page, log.lineCount - first, limit - first);
    const { lines } = await client.readLogLines({ taskId, firstLine: first, limit: wanted }, { signal });
    if (lines.length > 0) yield { first, texts: lines.map((line) => line.text) };
    first += lines.length;
    // leaves the browser time to draw; and longer where the count ran ahead of the lines
    await pause(lines.length > 0 ? 0 : rest, signal);
  }
}

function change(log: LogSource, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      unsubscribe();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const unsubscribe = log.subscribe(done);
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}
