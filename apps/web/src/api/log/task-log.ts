import { create } from "@bufbuild/protobuf";
import { createClient, type Transport } from "@connectrpc/connect";
import {
  type FollowLogRequest,
  FollowLogRequestSchema,
  type FollowLogResponse,
  type LogChunk,
  LogService,
} from "@tributary/proto/tributary/v1/logs_pb";

import { ChunkLines } from "#api/log/chunk-lines.ts";
import { toLines } from "#api/log/to-lines.ts";
import { backOff, pause } from "#api/watch/pause.ts";
import { endWhenStalled } from "#api/watch/stalled.ts";
import { WindowedLog } from "#lib/windowed-log.ts";

export interface TaskLogOptions {
  readonly transport: Transport;
  readonly taskId: number;
  readonly signal: AbortSignal;
  /** Told when the first line of another attempt comes: its number, from 1. */
  readonly onAttempt?: (attempt: number, line: number) => void;
  /** Told once: how long the log is is known, or cannot be known now. */
  readonly onKnown?: () => void;
  /** After so many milliseconds without a word the connection counts as lost. */
  readonly silence?: number;
}

/** The last lines that are sent when a log is opened, and of a burst that is too fast to be read. */
const tail = 1000;
/** Away for longer than this many milliseconds, one goes on at the end: the lines between are read when they are looked at. */
const shortAbsence = 5000;
const newLine = 10;
/** Milliseconds out of sight after which a tab stops following. */
const hiddenFor = 1000;

/** A task's output: lines by number as they are looked at, and those that come, until `signal` aborts or the task ends. */
export function openTaskLog(options: TaskLogOptions): WindowedLog {
  const { transport, taskId } = options;
  const client = createClient(LogService, transport);
  const log = new WindowedLog(async (from, to) => {
    const { lines, size } = await client.readLogLines(
      { taskId, firstLine: from, limit: to - from },
      { signal: options.signal },
    );
    if (size) log.grow(size.lineCount);
    return lines.flatMap((line) => toLines(line, to));
  });
  void follow(options, log);
  return log;
}

async function follow(options: TaskLogOptions, log: WindowedLog): Promise<void> {
  const { signal } = options;
  const feed = new Feed(log, options);
  let start: FollowLogRequest["start"] = { case: "tailLines", value: tail };
  let heardAt = Date.now();
  for (let failures = 0; !signal.aborted && !log.ended; failures += 1) {
    const heard = (response: FollowLogResponse) => {
      failures = 0;
      heardAt = Date.now();
      feed.take(response);
      start = { case: "offset", value: response.nextOffset };
    };
    await followOnce(options, start, heard).catch(() => feed.known());
    if (log.ended) return;
    await pause(backOff(failures), signal);
    await seen(signal);
    if (Date.now() - heardAt < shortAbsence) continue;
    start = { case: "tailLines", value: tail };
    feed.skip();
  }
}

async function followOnce(
  { transport, taskId, signal, silence = 40_000 }: TaskLogOptions,
  start: FollowLogRequest["start"],
  onMessage: (response: FollowLogResponse) => void,
): Promise<void> {
  const ended = new AbortController();
  const hide = leaveWhenHidden(ended);
  const request = create(FollowLogRequestSchema, { taskId, start });
  const calls = { signal: AbortSignal.any([signal, ended.signal]), timeoutMs: 0 };
  try {
    const stream = createClient(LogService, transport).followLog(request, calls);
    for await (const response of endWhenStalled(stream, silence, () => ended.abort())) onMessage(response);
  } finally {
    hide();
    ended.abort();
  }
}

/** Takes what comes, and of what comes faster than anybody reads only the end and the count. */
class Feed {
  readonly #log: WindowedLog;
  readonly #options: TaskLogOptions;
  readonly #lines = new ChunkLines();
  /** The next piece begins in a line whose beginning was not taken. */
  #torn = false;
  #isKnown = false;
  #attempt: number | undefined;

  constructor(log: WindowedLog, options: TaskLogOptions) {
    this.#log = log;
    this.#options = options;
  }

  known(): void {
    if (!this.#isKnown) this.#options.onKnown?.();
    this.#isKnown = true;
  }

  /** What comes next does not follow on what came; it begins a line. */
  skip(): void {
    this.#lines.skip();
    this.#torn = false;
    this.#attempt = undefined;
  }

  take({ chunks, size, nextOffset }: FollowLogResponse): void {
    const worthwhile = (chunks.at(-1)?.firstLine ?? 0) - 2 * tail;
    for (const [index, chunk] of chunks.entries()) {
      // the attempt of the very first piece began before it, but for the first line of all
      const began =
        !chunk.gap && chunk.attempt !== this.#attempt && (this.#attempt !== undefined || chunk.firstLine === 0);
      if (began) this.#options.onAttempt?.(chunk.attempt, chunk.firstLine + 1);
      if (!chunk.gap) this.#attempt = chunk.attempt;
      if ((chunks[index + 1]?.firstLine ?? worthwhile) < worthwhile) this.#drop(chunk);
      else this.#append(chunk);
    }
    if (size) this.#log.countLevels(size.errorCount, size.warningCount);
    // what is counted beyond these pieces comes with the next ones
    const whole = size !== undefined && nextOffset >= size.byteCount;
    if (whole) this.#log.grow(size.lineCount);
    if (whole && size.ended) this.#log.end();
    if (whole || chunks.length > 0) this.known();
  }

  #append(chunk: LogChunk): void {
    // lines in a gap are asked for when somebody looks
    if (chunk.gap) {
      this.#lines.skip();
      this.#torn = false;
      return;
    }
    const { from, lines } = this.#lines.take(chunk, !this.#torn);
    this.#torn = this.#torn && !chunk.content.includes(newLine);
    this.#log.append(from, lines);
  }

  #drop(chunk: LogChunk): void {
    this.#lines.skip();
    this.#torn = chunk.content.at(-1) !== newLine;
  }
}

/** A tab that nobody sees, also one opened behind others, soon lets go of its connection: browsers have six a server. */
function leaveWhenHidden(ended: AbortController): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const change = () => {
    clearTimeout(timer);
    if (document.hidden) timer = setTimeout(() => ended.abort(), hiddenFor);
  };
  document.addEventListener("visibilitychange", change);
  change();
  return () => {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", change);
  };
}

/** Waits until the tab is seen. */
function seen(signal: AbortSignal): Promise<void> {
  if (!document.hidden) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      if (document.hidden && !signal.aborted) return;
      document.removeEventListener("visibilitychange", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    document.addEventListener("visibilitychange", done);
    signal.addEventListener("abort", done);
  });
}
