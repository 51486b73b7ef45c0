import type { FileHandle } from "node:fs/promises";

/** The two files of a log. */
export interface LogFiles {
  readonly bytes: FileHandle;
  readonly index: FileHandle;
}

interface Entry {
  readonly files: Promise<LogFiles>;
  users: number;
}

/** Keeps the files of the logs in use open, `limit` logs at most besides those that are being read or written. */
export class OpenFiles {
  readonly #entries = new Map<number, Entry>();
  readonly #limit: number;
  readonly #closing = new Set<Promise<void>>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Runs `act` with the files of a log, which `open` opens if they are not. */
  async use<T>(key: number, open: () => Promise<LogFiles>, act: (files: LogFiles) => Promise<T>): Promise<T> {
    const entry = this.#entries.get(key) ?? { files: open(), users: 0 };
    // The map's order is the order of use.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    entry.users++;
    try {
      return await act(await entry.files);
    } catch (error) {
      if (await isRejected(entry.files)) this.#forget(key, entry);
      throw error;
    } finally {
      entry.users--;
      this.#trim();
    }
  }

  /** Closes the files of a log that nobody uses. */
  async close(key: number): Promise<void> {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#forget(key, entry);
    await close(entry.files);
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#entries.keys()].map((key) => this.close(key)));
    await Promise.all(this.#closing);
  }

  #forget(key: number, entry: Entry): void {
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
  }

  #trim(): void {
    if (this.#entries.size <= this.#limit) return;
    for (const [key, entry] of this.#entries) {
      if (this.#entries.size <= this.#limit) return;
      if (entry.users > 0) continue;
      const closed = this.close(key).finally(() => this.#closing.delete(closed));
      this.#closing.add(closed);
    }
  }
}

async function isRejected(files: Promise<LogFiles>): Promise<boolean> {
  return files.then(
    () => false,
    () => true,
  );
}

async function close(files: Promise<LogFiles>): Promise<void> {
  // What could not be opened need not be closed.
  const opened = await files.catch(() => undefined);
  await Promise.all([opened?.bytes.close(), opened?.index.close()]);
}
