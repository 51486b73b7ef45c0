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
  /** Told when another attempt has begun in what was not sent. */
  readonly onMissedAttempt?: () => void;
  /** Told once: how long the log is is known, or cannot be known now. */
  readonly onKnown?: () => void;
  /** After so many milliseconds without a word the connection counts as lost. */
  readonly silence?: number;
}

/** The last lines that are sent when a log is opened, and of what comes too fast to be read. */
const tail = 1000;
/** Away for longer than this many milliseconds, one goes on at the end: the lines between are read when they are looked at. */
const shortAbsence = 5000;
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
  const request = create(FollowLogRequestSchema, { taskId, start, newestLines: tail });
  const calls = { signal: AbortSignal.any([signal, ended.signal]), timeoutMs: 0 };
  try {
    const stream = createClient(LogService, transport).followLog(request, calls);
    for await (const response of endWhenStalled(stream, silence, () => ended.abort())) onMessage(response);
  } finally {
    hide();
    ended.abort();
  }
}

/** Takes what comes: the lines that are sent, and how many there are. */
class Feed {
  readonly #log: WindowedLog;
  readonly #options: TaskLogOptions;
  readonly #lines = new ChunkLines();
  #isKnown = false;
  /** Where the next piece begins if nothing is left out. */
  #next: bigint | undefined;
  /** Whose the last piece was; undefined where what comes next does not follow on it. */
  #attempt: number | undefined;
  /** The last attempt that is known of. */
  #newest: number | undefined;

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
    const unfinished = this.#lines.skip();
    if (unfinished !== undefined) this.#log.forget(unfinished);
    this.#next = undefined;
    this.#attempt = undefined;
  }

  take({ chunks, size, nextOffset }: FollowLogResponse): void {
    const [first] = chunks;
    if (first && this.#next !== undefined && first.offset > this.#next) this.skip();
    this.#next = nextOffset;
    for (const chunk of chunks) {
      this.#lookAtAttempt(chunk);
      this.#append(chunk);
    }
    if (size) this.#log.countLevels(size.errorCount, size.warningCount);
    // what is counted beyond these pieces comes with the next ones
    const whole = size !== undefined && nextOffset >= size.byteCount;
    if (whole) this.#log.grow(size.lineCount);
    if (whole && size.ended) this.#log.end();
    if (whole || chunks.length > 0) this.known();
  }

  #lookAtAttempt({ gap, attempt, firstLine }: LogChunk): void {
    if (gap || attempt === this.#attempt) return;
    // the attempt of a piece that follows on nothing began before it, but for the first line of all
    const begins = this.#attempt !== undefined || firstLine === 0;
    if (begins) this.#options.onAttempt?.(attempt, firstLine + 1);
    else if (this.#newest !== undefined && this.#newest !== attempt) this.#options.onMissedAttempt?.();
    this.#attempt = attempt;
    this.#newest = attempt;
  }

  #append(chunk: LogChunk): void {
    // lines in a gap are asked for when somebody looks
    if (chunk.gap) {
      this.#lines.skip();
      return;
    }
    const { from, lines } = this.#lines.take(chunk);
    this.#log.append(from, lines);
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
