import type { AttemptLines, LogBatch, LogChunk, LogLine, LogSize } from "#core/logs/log.ts";
import type { LogQuery, SearchProgress } from "#core/logs/log-query.ts";
import type { AttemptRef, TaskId } from "#core/tasks/task.ts";
import { diskError } from "./disk-error.ts";
import { dropMiddle } from "./drop-middle.ts";
import { removeFormer, takeOverFormer } from "./former-log.ts";
import type { LogLimits } from "./limits.ts";
import { readAttempts, readKept } from "./log-attempts.ts";
import { isMissing, type LogFolder } from "./log-folder.ts";
import { lineStart, readLines } from "./log-lines.ts";
import { readPieces } from "./log-pieces.ts";
import type { LogReading } from "./log-reading.ts";
import { emptyLog, type LogState, lineCount, sizeOf } from "./log-state.ts";
import { LogTail, type TailRoom } from "./log-tail.ts";
import { LogWriter } from "./log-writer.ts";
import { type Append, planWrites } from "./planned-write.ts";
import { RecentPieces } from "./recent-pieces.ts";
import { recover } from "./recover.ts";
import type { SearchPool } from "./search/search-pool.ts";
import { WakeUp } from "./wake-up.ts";

/** What a follower takes from the file at once. */
const followSize = 262_144;

export interface TaskLogOptions {
  readonly taskId: TaskId;
  readonly folder: LogFolder;
  readonly limits: LogLimits;
  readonly room: TailRoom;
  readonly tell: (message: string) => void;
}

interface Waiting {
  readonly append: Append;
  readonly written: PromiseWithResolvers<void>;
}

/** The log of one task. */
export class TaskLog {
  readonly #taskId: TaskId;
  readonly #folder: LogFolder;
  readonly #limits: LogLimits;
  readonly #tell: (message: string) => void;
  readonly #writer = new LogWriter();
  readonly #tail: LogTail;
  /** What followers that are behind have read. */
  readonly #reread = new RecentPieces();
  readonly #rereading = new Map<number, Promise<LogBatch>>();
  readonly #changed = new WakeUp();
  #waiting: Waiting[] = [];
  /** Settles when nothing is being written or removed. */
  #idle: Promise<void> | undefined;
  #state: Promise<LogState> | undefined;
  readonly #reading = new Set<Promise<unknown>>();
  /** How far each has been told. */
  readonly #followers = new Set<{ position: number }>();
  #sealed = false;
  /** One more with every removal: followers of what was removed end. */
  #generation = 0;

  constructor({ taskId, folder, limits, room, tell }: TaskLogOptions) {
    this.#taskId = taskId;
    this.#folder = folder;
    this.#limits = limits;
    this.#tail = new LogTail(room);
    this.#tell = (message) => tell(`log of task ${taskId}: ${message}`);
  }

  async append(append: Append): Promise<number> {
    const written = Promise.withResolvers<void>();
    this.#waiting.push({ append, written });
    if (this.#waiting.length === 1) void this.#alone(() => this.#writeWaiting());
    await written.promise;
    return this.kept(append.attempt);
  }

  async kept(attempt: AttemptRef): Promise<number> {
    const { end } = await this.#load();
    if (attempt.number > end.attempt) return 0;
    if (attempt.number === end.attempt) return end.attemptBytes;
    return this.#read(0, (log) => readKept(log, attempt.number));
  }

  async size(): Promise<LogSize> {
    return sizeOf(await this.#load());
  }

  readLines(firstLine: number, limit: number): Promise<readonly LogLine[]> {
    return this.#read<readonly LogLine[]>([], (log) => readLines(log, Math.max(0, firstLine), limit));
  }

  async read(offset: number, limit: number): Promise<readonly LogChunk[]> {
    return (await this.#batch(Math.max(0, offset), limit)).chunks;
  }

  tail(lines: number): Promise<number> {
    return this.#read(0, async (log) =>
      lines <= 0 ? log.state.end.bytes : lineStart(log, lineCount(log.state) - lines),
    );
  }

  attempts(): Promise<readonly AttemptLines[]> {
    return this.#read<readonly AttemptLines[]>([], readAttempts);
  }

  async *search(pool: SearchPool, query: LogQuery, signal: AbortSignal): AsyncIterable<SearchProgress> {
    yield* pool.search({ path: this.#folder.path, state: await this.#load(), query }, signal);
  }

  async *follow(offset: number, signal: AbortSignal, newest?: number): AsyncIterable<LogBatch> {
    const generation = this.#generation;
    const follower = { position: Math.max(0, offset) };
    // Wakes the others too, which find nothing new.
    const onAbort = () => this.#changed.wake();
    signal.addEventListener("abort", onAbort, { once: true });
    this.#followers.add(follower);
    try {
      while (!signal.aborted && generation === this.#generation) {
        let batch = await this.#from(follower.position);
        if (newest !== undefined && (await this.#linesFrom(batch)) > newest) {
          follower.position = Math.max(follower.position, await this.tail(newest));
          batch = await this.#from(follower.position);
        }
        const last = batch.chunks.at(-1);
        if (last) {
          follower.position = last.nextOffset;
          yield batch;
          continue;
        }
        // Nothing may happen between this look and the wait.
        const { end } = await this.#load();
        if (end.bytes > follower.position || generation !== this.#generation) continue;
        if (this.#sealed && !this.#idle) return;
        if (!signal.aborted) await this.#changed.next();
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
      this.#followers.delete(follower);
      if (this.#followers.size === 0) this.#forget();
    }
  }

  /** Followers end when they have read everything. */
  seal(): void {
    this.#sealed = true;
    this.#changed.wake();
  }

  /** Ends followers, and waits for what is being read and written. */
  async stop(): Promise<void> {
    this.#generation++;
    this.#changed.wake();
    await Promise.allSettled([this.#idle, ...this.#reading]);
  }

  /** Followers end; what is appended later begins a new log. */
  remove(): Promise<void> {
    return this.#alone(async () => {
      this.#generation++;
      this.#forget();
      this.#state = Promise.resolve(emptyLog);
      await removeFormer(this.#folder.path);
      await this.#folder.remove();
    });
  }

  #from(offset: number): Promise<LogBatch> | LogBatch {
    return this.#tail.from(offset) ?? this.#readAgain(offset);
  }

  /** Lines there are now from the beginning of a batch on. */
  async #linesFrom({ chunks: [first] }: LogBatch): Promise<number> {
    return first ? lineCount(await this.#load()) - first.firstLine : 0;
  }

  /** What is read for one follower serves all that are as far behind; reads end at the same places for all. */
  #readAgain(offset: number): Promise<LogBatch> | LogBatch {
    const known = this.#reread.from(offset);
    if (known) return known;
    const generation = this.#generation;
    const reading =
      this.#rereading.get(offset) ??
      this.#batch(offset, followSize - (offset % followSize)).finally(() => this.#rereading.delete(offset));
    this.#rereading.set(offset, reading);
    return reading.then((batch) => {
      if (generation === this.#generation && this.#followers.size > 0) this.#reread.add(batch);
      return batch;
    });
  }

  /** Where the last of the followers is. */
  #wanted(): number {
    let wanted = Number.POSITIVE_INFINITY;
    for (const { position } of this.#followers) wanted = Math.min(wanted, position);
    return wanted;
  }

  #forget(): void {
    this.#tail.clear();
    this.#reread.clear();
  }

  #batch(offset: number, limit: number): Promise<LogBatch> {
    return this.#read<LogBatch>({ chunks: [], size: sizeOf(emptyLog) }, async (log) => ({
      chunks: await readPieces(log, offset, limit),
      size: sizeOf(log.state),
    }));
  }

  /** Runs after whatever is being written or removed, and wakes the followers. */
  #alone(act: () => Promise<void>): Promise<void> {
    const mine = (this.#idle ?? Promise.resolve()).then(act).finally(() => {
      if (this.#idle === idle) this.#idle = undefined;
      this.#changed.wake();
    });
    const idle = mine.catch(() => {});
    this.#idle = idle;
    return mine;
  }

  /** Writes all appends that wait, those that came during the write before with one write. Never fails itself. */
  async #writeWaiting(): Promise<void> {
    const batch = this.#waiting;
    this.#waiting = [];
    try {
      await this.#write(batch.map(({ append }) => append));
      for (const { written } of batch) written.resolve();
    } catch (error) {
      for (const { written } of batch) written.reject(diskError(error, `the log of task ${this.#taskId}`));
    }
  }

  async #write(appends: readonly Append[]): Promise<void> {
    const writes = planWrites(await this.#load(), appends, this.#limits.chunk);
    for (let next = writes.next(); !next.done; ) {
      await this.#writer.write(this.#folder, next.value);
      const { state, dropped } = dropMiddle(next.value.state, this.#limits.taskBytes);
      this.#state = Promise.resolve(state);
      if (this.#followers.size > 0) this.#tail.add(next.value.chunks, sizeOf(state), this.#wanted());
      for (const { number } of dropped) await this.#folder.removeChunk(number);
      next = writes.next(state);
    }
  }

  /** What there is of the log; found out once. */
  #load(): Promise<LogState> {
    this.#state ??= this.#recover().catch((error: unknown) => {
      this.#state = undefined;
      throw error;
    });
    return this.#state;
  }

  async #recover(): Promise<LogState> {
    if (await takeOverFormer(this.#folder.path, this.#limits.chunk)) this.#tell("taken over into chunks");
    const numbers = await this.#folder.chunks();
    return numbers ? recover(this.#folder, numbers, this.#tell) : emptyLog;
  }

  /** Reads up to where the log ends now; `nothing` is the answer for a log that is empty, or removed meanwhile. */
  async #read<T>(nothing: T, act: (log: LogReading) => Promise<T>): Promise<T> {
    const reading = this.#readKept(nothing, act);
    this.#reading.add(reading);
    try {
      return await reading;
    } finally {
      this.#reading.delete(reading);
    }
  }

  async #readKept<T>(nothing: T, act: (log: LogReading) => Promise<T>): Promise<T> {
    const generation = this.#generation;
    for (;;) {
      const state = await this.#load();
      if (state.end.bytes === 0) return nothing;
      try {
        return await act({ taskId: this.#taskId, folder: this.#folder, state, lineBytes: this.#limits.lineBytes });
      } catch (error) {
        if (generation !== this.#generation) return nothing;
        // A chunk in the middle was dropped under the reader: now there is a gap.
        if (!isMissing(error) || state === (await this.#load())) throw error;
      }
    }
  }
}
