import { ConnectError, type Transport } from "@connectrpc/connect";
import { LogStream, LogLevel as WireLevel } from "@tributary/proto/tributary/v1/logs_pb";
import { useEffect, useMemo, useState } from "react";

import type { LineQuery } from "#api/log/find-line.ts";
import { growingRuns } from "#api/log/growing-runs.ts";
import { useLogTransport } from "#api/log/log-transport.ts";
import { readRuns } from "#api/log/read-runs.ts";
import type { Run } from "#lib/line-runs.ts";
import { type LogFilter, type LogStreamName, levelsOf } from "#lib/log-filter.ts";
import type { LogQuery } from "#lib/log-search.ts";
import type { LogLevel, LogSource } from "#lib/log-source.ts";
import { PartialLog } from "#lib/partial-log.ts";
import type { WindowedLog } from "#lib/windowed-log.ts";

const wireStreams: Readonly<Record<LogStreamName, LogStream>> = {
  stdout: LogStream.STDOUT,
  stderr: LogStream.STDERR,
  worker: LogStream.WORKER,
};
const wireLevels: Readonly<Record<LogLevel, WireLevel>> = {
  error: WireLevel.ERROR,
  warn: WireLevel.WARN,
  info: WireLevel.INFO,
};

/** More runs than this are not kept: the page says that the rest is left out. */
export const mostRuns = 1_000_000;
/** Between two looks at a log that grows, in milliseconds: streams are told from the index, text is searched for. */
const restOf = { index: 250, text: 1000 };

/** What of a stream and levels is asked for, in the words of a search. */
export function streamQuery({ stream }: Pick<LogFilter, "stream">): Pick<LineQuery, "streams"> {
  return stream === undefined ? {} : { streams: [wireStreams[stream]] };
}

export interface FilteredLog {
  readonly log: LogSource;
  /** Some lines are left out because there would be too many runs. */
  readonly short: boolean;
  /** Why nothing could be chosen: an expression that does not parse. */
  readonly message?: string | undefined;
}

interface Choosing {
  readonly transport: Transport;
  readonly taskId: number;
  readonly whole: WindowedLog;
  readonly query: LineQuery;
  readonly around: number;
}

/** The lines of a log that a filter means, chosen by the server, with their numbers; the whole log without a filter. */
export function useFilteredLog(
  taskId: number,
  whole: WindowedLog,
  filter: LogFilter,
  search: LogQuery | undefined,
): FilteredLog {
  const transport = useLogTransport();
  const { stream } = filter;
  const hits = filter.only.includes("hits") && search !== undefined && search.text !== "";
  const { text = "", regexp = false, matchCase = false } = hits ? search : {};
  const levels = levelsOf(filter).join(" ");
  const around = hits || levels !== "" ? filter.around : 0;
  const choosing = useMemo<Choosing | undefined>(() => {
    if (stream === undefined && !hits && levels === "") return undefined;
    const wanted = levels === "" ? [] : (levels.split(" ") as LogLevel[]).map((level) => wireLevels[level]);
    const query = { taskId, ...streamQuery({ stream }), text, regexp, matchCase, levels: wanted };
    return { transport, taskId, whole, query, around };
  }, [transport, taskId, whole, stream, hits, text, regexp, matchCase, levels, around]);
  const [chosen, setChosen] = useState<FilteredLog & { readonly for: Choosing }>();
  useEffect(() => {
    if (!choosing) return;
    const closed = new AbortController();
    const { signal } = closed;
    const log = new PartialLog(whole, (runs) => readRuns(transport, taskId, runs, signal));
    setChosen({ for: choosing, log, short: false });
    const tell = (more: Partial<FilteredLog>) =>
      setChosen((old) => (old?.for === choosing ? { ...old, ...more } : old));
    choose(choosing, log, signal)
      .then((all) => {
        if (!all) tell({ short: true });
      })
      .catch((error: unknown) => {
        if (!signal.aborted) tell({ message: ConnectError.from(error).rawMessage.replace(/^text: /, "") });
      })
      .finally(() => log.end());
    return () => closed.abort();
  }, [choosing, transport, taskId, whole]);
  return choosing && chosen?.for === choosing ? chosen : { log: whole, short: false };
}

/** Shows what the server finds. Answers whether that is all. */
async function choose({ transport, query, around, whole }: Choosing, log: PartialLog, signal: AbortSignal) {
  const rest = query.text === "" && query.levels?.length === 0 ? restOf.index : restOf.text;
  // Where lines after the last that was found would end, were the log as long.
  let wanted: Run | undefined;
  for await (const { runs } of growingRuns({ transport, query, log: whole, rest, signal })) {
    if (signal.aborted) return true;
    const { lineCount } = whole;
    const shown = (wanted ? [wanted, ...runs] : runs).map(({ from, to }) => ({
      from: Math.max(0, from - around),
      to: Math.min(to + around, Math.max(to, lineCount)),
    }));
    wanted = around > 0 ? (runs.at(-1) ?? wanted) : undefined;
    log.add(shown);
    if (log.runCount > mostRuns) return false;
  }
  return true;
}
