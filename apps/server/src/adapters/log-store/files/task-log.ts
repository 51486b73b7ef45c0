import { constants } from "node:fs";
import { mkdir, open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { LogChunk, LogLine, LogSize } from "#core/logs/log.ts";
import type { AttemptRef, TaskId } from "#core/tasks/task.ts";
import { diskError } from "./disk-error.ts";
import { lineCount, lineStart, readLines } from "./log-lines.ts";
import { readPieces } from "./log-pieces.ts";
import { LogWriter } from "./log-writer.ts";
import type { LogFiles, OpenFiles } from "./open-files.ts";
import { findLast, readRecords } from "./piece-index.ts";
import type { Append } from "./planned-write.ts";
import { RecentPieces } from "./recent-pieces.ts";
import { emptyLog, type LogEnd, logExists, recover } from "./state.ts";
import { WakeUp } from "./wake-up.ts";

/** What a follower takes from the file at once. */
const followSize = 262_144;

interface Waiting {
  readonly append: Append;
  readonly written: PromiseWithResolvers<void>;
}

/** The log of one task. */
export class TaskLog {
  readonly #taskId: TaskId;
  readonly #path: string;
  readonly #openFiles: OpenFiles;
  readonly #tell: (message: string) => void;
  readonly #writer = new LogWriter();
  readonly #recent = new RecentPieces();
  readonly #changed = new WakeUp();
  #waiting: Waiting[] = [];
  /** Settles when nothing is being written or removed. */
  #idle: Promise<void> | undefined;
  #end: Promise<LogEnd> | undefined;
  #followers = 0;
  #sealed = false;
  /** One more with every removal: followers of what was removed end. */
  #generation = 0;

  /** @param path - of both files, without their endings */
  constructor(taskId: TaskId, path: string, openFiles: OpenFiles, tell: (message: string) => void) {
    this.#taskId = taskId;
    this.#path = path;
    this.#openFiles = openFiles;
    this.#tell = tell;
  }

  async append(append: Append): Promise<number> {
    const written = Promise.withResolvers<void>();
    this.#waiting.push({ append, written });
    if (this.#waiting.length === 1) void this.#alone(() => this.#writeWaiting());
    await written.promise;
    return this.kept(append.attempt);
  }

  async kept(attempt: AttemptRef): Promise<number> {
    const last = await this.#load();
    if (attempt.number > last.attempt) return 0;
    if (attempt.number === last.attempt) return last.attemptBytes;
    return this.#read(0, async (files, { records }) => {
      const at = await findLast(files.index, records, (record) => record.attempt <= attempt.number);
      if (at < 0) return 0;
      const [record] = await readRecords(files.index, at, 1);
      return record.attempt === attempt.number ? record.attemptOffset + record.length : 0;
    });
  }

  async size(): Promise<LogSize> {
    const end = await this.#load();
    return { bytes: end.bytes, lines: lineCount(end) };
  }

  readLines(firstLine: number, limit: number): Promise<readonly LogLine[]> {
    return this.#read<readonly LogLine[]>([], (files, end) => readLines(files, end, Math.max(0, firstLine), limit));
  }

  read(offset: number, limit: number): Promise<readonly LogChunk[]> {
    return this.#read<readonly LogChunk[]>([], (files, end) =>
      readPieces(files, this.#taskId, end, Math.max(0, offset), limit),
    );
  }

  tail(lines: number): Promise<number> {
    return this.#read(0, async (files, end) =>
      lines <= 0 ? end.bytes : lineStart(files, end, lineCount(end) - lines),
    );
  }

  async *follow(offset: number, signal: AbortSignal): AsyncIterable<readonly LogChunk[]> {
    const generation = this.#generation;
    let position = Math.max(0, offset);
    this.#followers++;
    try {
      while (!signal.aborted && generation === this.#generation) {
        const chunks = this.#recent.from(position) ?? (await this.read(position, followSize));
        const last = chunks.at(-1);
        if (last) {
          position = last.offset + last.bytes.length;
          yield chunks;
          continue;
        }
        // Nothing may happen between this look and the wait.
        const { bytes } = await this.#load();
        if (bytes > position || generation !== this.#generation) continue;
        if (this.#sealed && !this.#idle) return;
        await this.#changed.next(signal);
      }
    } finally {
      this.#followers--;
      if (this.#followers === 0) this.#recent.clear();
    }
  }

  /** Followers end when they have read everything. */
  seal(): void {
    this.#sealed = true;
    this.#changed.wake();
  }

  /** Ends followers, and waits for what is being written. */
  async stop(): Promise<void> {
    this.#generation++;
    this.#changed.wake();
    await this.#idle;
  }

  /** Followers end; what is appended later begins a new log. */
  remove(): Promise<void> {
    return this.#alone(async () => {
      this.#generation++;
      this.#recent.clear();
      this.#end = Promise.resolve(emptyLog);
      await this.#openFiles.close(this.#taskId);
      // The index goes first: bytes without records are nobody's.
      await rm(this.#indexPath, { force: true });
      await rm(this.#bytesPath, { force: true });
    });
  }

  get #indexPath(): string {
    return `${this.#path}.index`;
  }

  get #bytesPath(): string {
    return `${this.#path}.log`;
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
    const start = await this.#load();
    const { end, chunks } = await this.#use((files) => this.#writer.write(files, start, appends));
    this.#end = Promise.resolve(end);
    if (this.#followers > 0) this.#recent.add(chunks);
  }

  /** Where the log ends; found out once. */
  #load(): Promise<LogEnd> {
    this.#end ??= this.#recover().catch((error: unknown) => {
      this.#end = undefined;
      throw error;
    });
    return this.#end;
  }

  async #recover(): Promise<LogEnd> {
    // A log that is about to be written to is made in any case.
    if (this.#waiting.length === 0 && !this.#idle && !(await logExists(this.#indexPath))) return emptyLog;
    return this.#use((files) =>
      recover(files, ({ records, bytes }) => {
        this.#tell(`log of task ${this.#taskId}: cut off ${bytes} bytes and ${records} records that were not whole`);
      }),
    );
  }

  /** Reads up to where the log ends now; `nothing` is the answer for a log that is empty, or removed meanwhile. */
  async #read<T>(nothing: T, act: (files: LogFiles, end: LogEnd) => Promise<T>): Promise<T> {
    const end = await this.#load();
    const generation = this.#generation;
    if (end.bytes === 0) return nothing;
    try {
      return await this.#use((files) => act(files, end));
    } catch (error) {
      if (generation !== this.#generation) return nothing;
      throw error;
    }
  }

  #use<T>(act: (files: LogFiles) => Promise<T>): Promise<T> {
    return this.#openFiles.use(this.#taskId, () => this.#open(), act);
  }

  async #open(): Promise<LogFiles> {
    try {
      return await openFiles(this.#bytesPath, this.#indexPath);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
      await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
      return await openFiles(this.#bytesPath, this.#indexPath);
    }
  }
}

async function openFiles(bytesPath: string, indexPath: string): Promise<LogFiles> {
  const flags = constants.O_RDWR | constants.O_CREAT;
  const [bytes, index] = await Promise.allSettled([open(bytesPath, flags, 0o600), open(indexPath, flags, 0o600)]);
  if (bytes.status === "fulfilled" && index.status === "fulfilled") return { bytes: bytes.value, index: index.value };
  if (bytes.status === "fulfilled") await bytes.value.close();
  if (index.status === "fulfilled") await index.value.close();
  throw bytes.status === "rejected" ? bytes.reason : index.status === "rejected" ? index.reason : new Error();
}
