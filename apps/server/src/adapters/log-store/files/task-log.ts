import { mkdir, open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { LogChunk, LogLine, LogSize } from "#core/logs/log.ts";
import type { AttemptRef, TaskId } from "#core/tasks/task.ts";
import { diskError } from "./disk-error.ts";
import { lineCount, lineStart, readLines } from "./log-lines.ts";
import { readPieces } from "./log-pieces.ts";
import type { LogFiles, OpenFiles } from "./open-files.ts";
import { findLast, readRecords } from "./piece-index.ts";
import { type Append, planWrite } from "./planned-write.ts";
import { writeAt } from "./positional.ts";
import { RecentPieces } from "./recent-pieces.ts";
import { recordSize } from "./record.ts";
import { emptyLog, type LogEnd, logExists, recover } from "./state.ts";

/** What a follower takes from the file at once. */
const followSize = 262_144;

interface Waiting {
  readonly append: Append;
  readonly settle: PromiseWithResolvers<void>;
}

/** The log of one task. */
export class TaskLog {
  readonly #taskId: TaskId;
  readonly #path: string;
  readonly #openFiles: OpenFiles;
  readonly #log: (message: string) => void;
  readonly #waiting: Waiting[] = [];
  readonly #followers = new Set<() => void>();
  readonly #recent = new RecentPieces();
  #end: Promise<LogEnd> | undefined;
  #writing: Promise<void> | undefined;
  #followed = 0;
  #over = false;
  #sealed = false;

  /** @param path - of both files, without their endings */
  constructor(taskId: TaskId, path: string, openFiles: OpenFiles, log: (message: string) => void) {
    this.#taskId = taskId;
    this.#path = path;
    this.#openFiles = openFiles;
    this.#log = log;
  }

  async append(append: Append): Promise<number> {
    const settle = Promise.withResolvers<void>();
    this.#waiting.push({ append, settle });
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
    await settle.promise;
    return this.kept(append.attempt);
  }

  async kept(attempt: AttemptRef): Promise<number> {
    const end = await this.#load();
    if (attempt.number > end.attempt) return 0;
    if (attempt.number === end.attempt) return end.attemptBytes;
    return this.#use(async (files) => {
      const at = await findLast(files.index, end.records, (record) => record.attempt <= attempt.number);
      if (at < 0) return 0;
      const [record] = await readRecords(files.index, at, 1);
      return record.attempt === attempt.number ? record.attemptOffset + record.length : 0;
    });
  }

  async size(): Promise<LogSize> {
    const end = await this.#load();
    return { bytes: end.bytes, lines: lineCount(end) };
  }

  async readLines(firstLine: number, limit: number): Promise<readonly LogLine[]> {
    const end = await this.#load();
    if (end.bytes === 0) return [];
    return this.#use((files) => readLines(files, end, Math.max(0, firstLine), limit));
  }

  async read(offset: number, limit: number): Promise<readonly LogChunk[]> {
    const end = await this.#load();
    if (offset >= end.bytes) return [];
    return this.#use((files) => readPieces(files, this.#taskId, end, Math.max(0, offset), limit));
  }

  async tail(lines: number): Promise<number> {
    const end = await this.#load();
    if (lines <= 0 || end.bytes === 0) return end.bytes;
    return this.#use((files) => lineStart(files, end, lineCount(end) - lines));
  }

  async *follow(offset: number, signal: AbortSignal): AsyncIterable<readonly LogChunk[]> {
    const wake = () => this.#wake();
    signal.addEventListener("abort", wake);
    this.#followed++;
    try {
      let position = offset;
      while (!signal.aborted && !this.#over) {
        const chunks = this.#recent.from(position) ?? (await this.read(position, followSize));
        const last = chunks.at(-1);
        if (last) {
          position = last.offset + last.bytes.length;
          yield chunks;
        } else if (!(await this.#more(position, signal))) {
          return;
        }
      }
    } finally {
      signal.removeEventListener("abort", wake);
      this.#followed--;
      if (this.#followed === 0) this.#recent.clear();
    }
  }

  /** Followers end when they have read everything. */
  seal(): void {
    this.#sealed = true;
    this.#wake();
  }

  /** Ends followers, and waits for what is being written. */
  async stop(): Promise<void> {
    this.#over = true;
    this.#wake();
    await this.#writing;
  }

  async remove(): Promise<void> {
    await this.stop();
    await this.#openFiles.close(this.#taskId);
    // The index goes first: bytes without records are nobody's.
    await rm(this.#indexPath, { force: true });
    await rm(this.#bytesPath, { force: true });
  }

  get #indexPath(): string {
    return `${this.#path}.index`;
  }

  get #bytesPath(): string {
    return `${this.#path}.log`;
  }

  /** Waits for bytes after a position; false when none will come. */
  async #more(position: number, signal: AbortSignal): Promise<boolean> {
    const end = await this.#load();
    if (end.bytes > position) return true;
    if (this.#over || signal.aborted || (this.#sealed && !this.#writing)) return false;
    await new Promise<void>((resolve) => this.#followers.add(resolve));
    return true;
  }

  #wake(): void {
    const followers = [...this.#followers];
    this.#followers.clear();
    for (const wake of followers) wake();
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
    if (!(await logExists(this.#indexPath))) return emptyLog;
    return this.#use((files) =>
      recover(files, ({ records, bytes }) => {
        this.#log(`log of task ${this.#taskId}: cut off ${bytes} bytes and ${records} records that were not whole`);
      }),
    );
  }

  #use<T>(act: (files: LogFiles) => Promise<T>): Promise<T> {
    return this.#openFiles.use(this.#taskId, () => this.#open(), act);
  }

  async #open(): Promise<LogFiles> {
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    const bytes = await openOrCreate(this.#bytesPath);
    try {
      return { bytes, index: await openOrCreate(this.#indexPath) };
    } catch (error) {
      await bytes.close();
      throw error;
    }
  }

  /** Writes what waits until nothing does; everything that came during one write goes out with the next. */
  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0);
      try {
        await this.#write(batch.map(({ append }) => append));
        for (const { settle } of batch) settle.resolve();
      } catch (error) {
        for (const { settle } of batch) settle.reject(error);
      }
    }
  }

  async #write(appends: readonly Append[]): Promise<void> {
    const start = await this.#load();
    const { bytes, index, chunks, end } = planWrite(start, appends);
    if (bytes.length === 0) return;
    try {
      await this.#use(async (files) => {
        // In this order: see the note at `recover`.
        await writeAt(files.bytes, start.bytes, bytes);
        await writeAt(files.index, start.records * recordSize, index);
      });
    } catch (error) {
      throw diskError(error, `the log of task ${this.#taskId}`);
    }
    this.#end = Promise.resolve(end);
    if (this.#followed > 0) this.#recent.add(chunks);
    this.#wake();
  }
}

async function openOrCreate(path: string) {
  try {
    return await open(path, "r+", 0o600);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    return await open(path, "wx+", 0o600);
  }
}
