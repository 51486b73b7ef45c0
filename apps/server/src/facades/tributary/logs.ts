import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  type LogChunkSchema,
  type LogLineSchema,
  type LogService,
  LogStream as WireStream,
} from "@tributary/proto/tributary/v1/logs_pb";
import { followLog } from "#core/logs/follow-log.ts";
import type { LogChunk, LogLine, LogStream } from "#core/logs/log.ts";
import type { Ports } from "#core/ports/index.ts";
import { knownTask } from "#core/tasks/known-task.ts";
import type { TaskId } from "#core/tasks/task.ts";
import { isTerminal } from "#core/tasks/transitions.ts";

const heartbeat = 15_000;
/** Read at once when nothing is live. */
const readBytes = 262_144;

const streams: Readonly<Record<LogStream, WireStream>> = {
  stdout: WireStream.STDOUT,
  stderr: WireStream.STDERR,
  worker: WireStream.WORKER,
};

export function toStream(stream: WireStream): LogStream | undefined {
  return (Object.keys(streams) as LogStream[]).find((key) => streams[key] === stream);
}

function fromChunk(chunk: LogChunk): MessageInitShape<typeof LogChunkSchema> {
  return {
    offset: BigInt(chunk.offset),
    firstLine: chunk.firstLine,
    attempt: chunk.attempt,
    stream: streams[chunk.stream],
    time: timestampFromMs(chunk.at),
    content: chunk.bytes,
  };
}

function fromLine(line: LogLine): MessageInitShape<typeof LogLineSchema> {
  return {
    number: line.number,
    attempt: line.attempt,
    stream: streams[line.stream],
    time: timestampFromMs(line.at),
    text: new TextDecoder().decode(line.bytes),
    cut: line.cut,
  };
}

export function logHandlers(ports: Ports): ServiceImpl<typeof LogService> {
  const { store, logs } = ports;
  const size = async (taskId: TaskId) => {
    // The state is read first: what is written before the end is then counted.
    const ended = isTerminal((await store.transact(knownTask, taskId)).state);
    const { lines, bytes } = await logs.size(taskId);
    return { lineCount: lines, byteCount: BigInt(bytes), ended };
  };
  return {
    async readLogLines({ taskId, firstLine, limit }) {
      const known = await size(taskId);
      const lines = await logs.readLines(taskId, firstLine, limit || 500);
      return { lines: lines.map(fromLine), size: known };
    },
    async *followLog({ taskId, start }, { signal }) {
      await store.transact(knownTask, taskId);
      let offset = 0;
      if (start.case === "offset") offset = Number(start.value);
      if (start.case === "tailLines") offset = await logs.tail(taskId, start.value);
      yield { nextOffset: BigInt(offset), size: await size(taskId) };
      const stop = new AbortController();
      const source = followLog(ports, { taskId, offset }, AbortSignal.any([signal, stop.signal]));
      try {
        for await (const chunks of paced(source)) {
          const last = chunks.at(-1);
          if (last) offset = last.offset + last.bytes.length;
          yield { chunks: chunks.map(fromChunk), nextOffset: BigInt(offset), size: await size(taskId) };
        }
        yield { nextOffset: BigInt(offset), size: await size(taskId) };
      } finally {
        stop.abort();
      }
    },
    async *downloadLog({ taskId }, { signal }) {
      await store.transact(knownTask, taskId);
      const { bytes: end } = await logs.size(taskId);
      for (let offset = 0; offset < end && !signal.aborted; ) {
        const chunks = await logs.read(taskId, offset, readBytes);
        if (chunks.length === 0) return;
        for (const chunk of chunks) {
          yield { content: chunk.bytes };
          offset = chunk.offset + chunk.bytes.length;
        }
      }
    },
  };
}

/** What came since the last look, merged; an empty list as a heartbeat. */
async function* paced(source: AsyncIterable<readonly LogChunk[]>): AsyncIterable<readonly LogChunk[]> {
  const iterator = source[Symbol.asyncIterator]();
  let next = iterator.next();
  for (;;) {
    const first = await within(next, heartbeat);
    if (!first) {
      yield [];
      continue;
    }
    if (first.done) return;
    yield first.value;
    next = iterator.next();
  }
}

/** The promise's value, or undefined after some time; the promise goes on. */
async function within<T>(promise: Promise<T>, milliseconds: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
