import { RefusedError } from "#core/errors.ts";
import type { LineRun, LogLine, LogStream } from "#core/logs/log.ts";
import type { LogStore } from "#core/ports/log-store.ts";
import type { TaskId } from "#core/tasks/task.ts";

/** Lines that are read with one request. */
const most = 5_000;
/** Bytes of lines that are answered at once; the asker goes on after the last. */
const mostBytes = 8_388_608;

export interface ReadLogLines {
  readonly taskId: TaskId;
  readonly firstLine: number;
  readonly limit: number;
  /** These lines instead. */
  readonly runs: readonly LineRun[];
  /** Only lines of these; empty for all. */
  readonly streams: readonly LogStream[];
  readonly signal: AbortSignal;
}

/**
 * Lines of a log by number: those from one on, those of some streams from one on, or those of some runs.
 *
 * @throws RefusedError `invalid` for more lines than are read at once
 */
export async function readLogLines(logs: LogStore, ask: ReadLogLines): Promise<readonly LogLine[]> {
  const { taskId, firstLine, limit, runs, streams } = ask;
  if (runs.length > 0 && streams.length > 0) {
    throw new RefusedError("invalid", "streams: runs already say which lines; leave out one of the two", "streams");
  }
  if (runs.reduce((sum, { lines }) => sum + lines, 0) > most) {
    throw new RefusedError("invalid", `runs: at most ${most} lines together; ask for the others apart`, "runs");
  }
  if (runs.length > 0) return readRuns(logs, taskId, runs);
  if (streams.length === 0) return logs.readLines(taskId, firstLine, limit);
  return readRuns(logs, taskId, await runsOf(logs, ask));
}

async function readRuns(logs: LogStore, taskId: TaskId, runs: readonly LineRun[]): Promise<readonly LogLine[]> {
  const read: LogLine[] = [];
  let bytes = 0;
  for (const { firstLine, lines } of runs) {
    const found = await logs.readLines(taskId, firstLine, lines);
    bytes += found.reduce((sum, line) => sum + line.bytes.length, 0);
    read.push(...found);
    // The rest of a run that is cut short is asked for with the next request.
    if (bytes >= mostBytes) break;
  }
  return read;
}

/** The first `limit` lines of some streams, as runs. */
async function runsOf(logs: LogStore, { taskId, firstLine, limit, streams, signal }: ReadLogLines): Promise<LineRun[]> {
  const every = { text: "", regexp: false, matchCase: false, levels: [], attempts: [], groupMarks: false };
  const range = { firstLine, endLine: Number.MAX_SAFE_INTEGER, backwards: false, openLine: true };
  const query = { ...every, ...range, streams, limit, stopAtLimit: true, asRuns: true };
  const runs: LineRun[] = [];
  let room = limit;
  for await (const progress of logs.search(taskId, query, signal)) {
    for (const run of progress.runs) {
      if (room > 0) runs.push({ ...run, lines: Math.min(run.lines, room) });
      room -= run.lines;
    }
    if (room <= 0) break;
  }
  return runs;
}
