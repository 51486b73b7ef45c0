import { createHash, type Hash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";

const CHUNK = 256 * 1024;
const PART = ".part";

/**
 * Files of attempts as they came from the server, kept to be used by the next attempt with the same ones. Each is named
 * `<key>.<SHA-256 of its bytes>`, and read against that before it is used: one that was changed is fetched again.
 */
export class InputCache {
  readonly #folder: string;
  readonly #most: number;

  /** @param most - bytes that they may take together; the least recently used go first */
  constructor(folder: string, most: number) {
    this.#folder = folder;
    this.#most = most;
  }

  /**
   * The bytes that a key stands for: those that are kept, or those that `download` gives, which are kept then.
   *
   * @param key - 64 hexadecimal digits; anything else is downloaded and not kept
   */
  async *read(key: string, download: () => AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    if (!/^[0-9a-f]{64}$/.test(key) || this.#most === 0) {
      yield* download();
      return;
    }
    const kept = await this.#find(key);
    if (kept) yield* createReadStream(kept, { highWaterMark: CHUNK });
    else yield* this.#keep(key, download());
  }

  /** Removes what broke off, and what is too much. Never throws. */
  async sweep(): Promise<void> {
    const kept: { readonly path: string; readonly size: number; readonly usedAt: number }[] = [];
    for (const name of await this.#names()) {
      const path = join(this.#folder, name);
      const found = await stat(path).catch(() => undefined);
      if (found && !name.endsWith(PART)) kept.push({ path, size: found.size, usedAt: found.mtimeMs });
    }
    let total = kept.reduce((sum, { size }) => sum + size, 0);
    for (const { path, size } of kept.sort((a, b) => a.usedAt - b.usedAt)) {
      if (total <= this.#most) return;
      await rm(path, { force: true }).catch(() => undefined);
      total -= size;
    }
  }

  /** Removes what an earlier worker process had begun to keep. */
  async clear(): Promise<void> {
    const parts = (await this.#names()).filter((name) => name.endsWith(PART));
    for (const name of parts) await rm(join(this.#folder, name), { force: true }).catch(() => undefined);
    await this.sweep();
  }

  #names(): Promise<string[]> {
    return readdir(this.#folder).catch(() => []);
  }

  /** The file of a key, if it is whole. */
  async #find(key: string): Promise<string | undefined> {
    for (const name of await this.#names()) {
      if (!name.startsWith(`${key}.`) || name.endsWith(PART)) continue;
      const path = join(this.#folder, name);
      if ((await hashOf(path).catch(() => "")) === name.slice(key.length + 1)) {
        const now = new Date();
        await utimes(path, now, now).catch(() => undefined);
        return path;
      }
      await rm(path, { force: true }).catch(() => undefined);
    }
    return undefined;
  }

  async *#keep(key: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const part = join(this.#folder, `${key}.${randomUUID()}${PART}`);
    const writing = new Writing(await open(part, "wx", 0o600).catch(() => undefined));
    try {
      for await (const chunk of chunks) {
        await writing.write(chunk);
        yield chunk;
      }
      const hash = await writing.end();
      if (hash) await rename(part, join(this.#folder, `${key}.${hash}`));
      await this.sweep();
    } finally {
      await writing.end();
      await rm(part, { force: true });
    }
  }
}

/** A file that is written as long as there is room for it. */
class Writing {
  #file: FileHandle | undefined;
  readonly #hash: Hash = createHash("sha256");

  constructor(file: FileHandle | undefined) {
    this.#file = file;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#hash.update(chunk);
    // Without room the attempt goes on, and nothing is kept.
    await this.#file?.writeFile(chunk).catch(() => this.#close());
  }

  /** The hash of all that was written; undefined when it was not, or was asked before. */
  async end(): Promise<string | undefined> {
    if (!this.#file) return undefined;
    await this.#close();
    return this.#hash.digest("hex");
  }

  async #close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close().catch(() => undefined);
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK })) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
