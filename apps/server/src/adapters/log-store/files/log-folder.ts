import { constants } from "node:fs";
import { mkdir, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { LogFiles, OpenFiles } from "./open-files.ts";

const indexName = /^\d{6,}\.index$/;

/** The folder of one log: for each chunk a file of its bytes, exactly as they came, and one of its records. */
export class LogFolder {
  readonly path: string;
  readonly #openFiles: OpenFiles;

  constructor(path: string, openFiles: OpenFiles) {
    this.path = path;
    this.#openFiles = openFiles;
  }

  bytesPath(chunk: number): string {
    return join(this.path, `${String(chunk).padStart(6, "0")}.log`);
  }

  indexPath(chunk: number): string {
    return join(this.path, `${String(chunk).padStart(6, "0")}.index`);
  }

  /** Runs `act` with the files of a chunk; makes them if they are not there and `make` says so. */
  use<T>(chunk: number, act: (files: LogFiles) => Promise<T>, make = false): Promise<T> {
    return this.#openFiles.use(this.bytesPath(chunk), () => this.#open(chunk, make), act);
  }

  /** Numbers of the chunks there are, in order; undefined without a folder. */
  async chunks(): Promise<readonly number[] | undefined> {
    const names = await unlessMissing(readdir(this.path));
    if (!names) return undefined;
    const found = names.filter((name) => indexName.test(name)).map((name) => Number.parseInt(name, 10));
    return found.sort((one, other) => one - other);
  }

  async removeChunk(chunk: number): Promise<void> {
    await this.#openFiles.close(this.bytesPath(chunk));
    // The index goes first: bytes without records are nobody's.
    await rm(this.indexPath(chunk), { force: true });
    await rm(this.bytesPath(chunk), { force: true });
  }

  async remove(): Promise<void> {
    const chunks = (await this.chunks()) ?? [];
    await Promise.all(chunks.map((chunk) => this.#openFiles.close(this.bytesPath(chunk))));
    await rm(this.path, { recursive: true, force: true });
  }

  async #open(chunk: number, make: boolean): Promise<LogFiles> {
    const flags = constants.O_RDWR | (make ? constants.O_CREAT : 0);
    const files = () => openBoth(this.bytesPath(chunk), this.indexPath(chunk), flags);
    if (!make) return files();
    const found = await unlessMissing(files());
    if (found) return found;
    await mkdir(this.path, { recursive: true, mode: 0o700 });
    return files();
  }
}

/** The promise's value, or undefined if what it is about is not there. */
export async function unlessMissing<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

async function openBoth(bytesPath: string, indexPath: string, flags: number): Promise<LogFiles> {
  const [bytes, index] = await Promise.allSettled([open(bytesPath, flags, 0o600), open(indexPath, flags, 0o600)]);
  if (bytes.status === "fulfilled" && index.status === "fulfilled") return { bytes: bytes.value, index: index.value };
  if (bytes.status === "fulfilled") await bytes.value.close();
  if (index.status === "fulfilled") await index.value.close();
  throw bytes.status === "rejected" ? bytes.reason : index.status === "rejected" ? index.reason : new Error();
}
