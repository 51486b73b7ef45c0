import type { FileHandle } from "node:fs/promises";

/** The two files of a chunk. */
export interface LogFiles {
  readonly bytes: FileHandle;
  readonly index: FileHandle;
}

interface Entry {
  readonly files: Promise<LogFiles>;
  users: number;
  /** Closed as soon as nobody uses them; settles then. */
  closing?: PromiseWithResolvers<void>;
}

/** Keeps the files of the chunks in use open, `limit` chunks at most besides those that are being read or written. */
export class OpenFiles {
  readonly #entries = new Map<string, Entry>();
  readonly #closing = new Set<Promise<void>>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Chunks of which the files are open. */
  get size(): number {
    return this.#entries.size;
  }

  /** Runs `act` with the files of a chunk, which `open` opens if they are not. */
  async use<T>(key: string, open: () => Promise<LogFiles>, act: (files: LogFiles) => Promise<T>): Promise<T> {
    const entry = this.#entries.get(key) ?? { files: open(), users: 0 };
    // The map's order is the order of use.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    entry.users++;
    try {
      return await act(await this.#opened(key, entry));
    } finally {
      entry.users--;
      if (entry.users === 0 && entry.closing) void closeNow(entry, entry.closing);
      this.#trim();
    }
  }

  /** Closes the files of a chunk when those who use them are done. */
  close(key: string): Promise<void> {
    const entry = this.#entries.get(key);
    if (!entry) return Promise.resolve();
    this.#entries.delete(key);
    const closing = Promise.withResolvers<void>();
    entry.closing = closing;
    if (entry.users === 0) void closeNow(entry, closing);
    this.#closing.add(closing.promise);
    return closing.promise.finally(() => this.#closing.delete(closing.promise));
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#entries.keys()].map((key) => this.close(key)));
    await Promise.all(this.#closing);
  }

  async #opened(key: string, entry: Entry): Promise<LogFiles> {
    try {
      return await entry.files;
    } catch (error) {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
      throw error;
    }
  }

  #trim(): void {
    if (this.#entries.size <= this.#limit) return;
    for (const [key, entry] of this.#entries) {
      if (this.#entries.size <= this.#limit) return;
      // Nobody waits for this one; that it could not be closed changes nothing of what was written.
      if (entry.users === 0) this.close(key).catch(() => {});
    }
  }
}

async function closeNow(entry: Entry, closing: PromiseWithResolvers<void>): Promise<void> {
  try {
    // What could not be opened need not be closed.
    const files = await entry.files.catch(() => undefined);
    await Promise.all([files?.bytes.close(), files?.index.close()]);
    closing.resolve();
  } catch (error) {
    closing.reject(error);
  }
}
