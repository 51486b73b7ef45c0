import type { ServiceImpl } from "@connectrpc/connect";
import type { LogService } from "@tributary/proto/tributary/v1/logs_pb";
import { followLog } from "#core/logs/follow-log.ts";
import type { LogBatch } from "#core/logs/log.ts";
import { readLog } from "#core/logs/read-log.ts";
import { readLogLines } from "#core/logs/read-log-lines.ts";
import { searchLog } from "#core/logs/search-log.ts";
import type { Ports } from "#core/ports/index.ts";
import { knownTask } from "#core/tasks/known-task.ts";
import type { TaskId } from "#core/tasks/task.ts";
import { isTerminal } from "#core/tasks/transitions.ts";
import { fromBatch } from "#facades/tributary/log-frames.ts";
import { fromLine, fromSize } from "#facades/tributary/translate-logs.ts";
import { fromProgress, toLogQuery, toStreams } from "#facades/tributary/translate-search.ts";
import { readyFramesOf } from "#rpc/ready-frames.ts";

const heartbeat = 15_000;
/** Milliseconds between answers for who looks at the newest lines only. */
const calm = 100;

export function logHandlers(ports: Ports): ServiceImpl<typeof LogService> {
  const { store, logs } = ports;
  const size = async (taskId: TaskId) => {
    // The state is read first: what is written before the end is then counted.
    const ended = isTerminal((await store.transact(knownTask, taskId)).state);
    return fromSize(await logs.size(taskId), ended);
  };
  return {
    async readLogLines({ taskId, firstLine, limit, runs, streams }, { signal }) {
      const known = await size(taskId);
      const asked = runs.map((run) => ({ firstLine: run.firstLine, lines: run.lineCount }));
      const ask = { taskId, firstLine, limit: limit || 500, runs: asked, streams: toStreams(streams), signal };
      const lines = await readLogLines(logs, ask);
      return { lines: lines.map(fromLine), size: known };
    },
    async getLogSummary({ taskId }) {
      const known = await size(taskId);
      const attempts = await logs.attempts(taskId);
      return { size: known, attempts: attempts.map(({ attempt, firstLine }) => ({ attempt, firstLine })) };
    },
    async *searchLog(request, { signal }) {
      const query = toLogQuery(request);
      for await (const progress of searchLog(ports, query, signal)) {
        yield fromProgress(progress, progress.end && (await size(request.taskId)));
      }
    },
    async *followLog({ taskId, start, streams, newestLines }, context) {
      const { signal } = context;
      await store.transact(knownTask, taskId);
      let offset = 0;
      if (start.case === "offset") offset = Number(start.value);
      if (start.case === "tailLines") offset = await logs.tail(taskId, start.value);
      yield { nextOffset: BigInt(offset), size: await size(taskId) };
      const frames = readyFramesOf(context);
      const wanted = toStreams(streams);
      const stop = new AbortController();
      const newest = newestLines || undefined;
      const source = followLog(ports, { taskId, offset, newest }, AbortSignal.any([signal, stop.signal]));
      try {
        for await (const batch of paced(newest === undefined ? source : calmly(source))) {
          offset = batch?.chunks.at(-1)?.nextOffset ?? offset;
          yield batch ? fromBatch(batch, wanted, frames) : { nextOffset: BigInt(offset), size: await size(taskId) };
        }
        yield { nextOffset: BigInt(offset), size: await size(taskId) };
      } finally {
        stop.abort();
      }
    },
    async *downloadLog({ taskId }, { signal }) {
      await store.transact(knownTask, taskId);
      for await (const chunk of readLog(logs, taskId, { signal })) yield { content: chunk.bytes };
    },
  };
}

/** What a source tells, with a rest after each time. */
async function* calmly(source: AsyncIterable<LogBatch>): AsyncIterable<LogBatch> {
  for await (const batch of source) {
    yield batch;
    await new Promise((resolve) => setTimeout(resolve, calm));
  }
}

/** What a source tells; undefined as a heartbeat where that is nothing for long. */
async function* paced(source: AsyncIterable<LogBatch>): AsyncIterable<LogBatch | undefined> {
  const iterator = source[Symbol.asyncIterator]();
  let onSilence = () => {};
  // One timer for the whole stream: logs come in pieces of milliseconds.
  const silence = setTimeout(() => onSilence(), heartbeat);
  try {
    let next = iterator.next();
    for (;;) {
      const first = await new Promise<IteratorResult<LogBatch> | undefined>((resolve, reject) => {
        onSilence = () => resolve(undefined);
        next.then(resolve, reject);
        silence.refresh();
      });
      if (first?.done) return;
      yield first?.value;
      if (first) next = iterator.next();
    }
  } finally {
    clearTimeout(silence);
  }
}
