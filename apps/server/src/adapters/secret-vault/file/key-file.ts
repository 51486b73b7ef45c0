import { randomBytes } from "node:crypto";
import { chmod, link, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { KeySource } from "./key-source.ts";
import { newKeyText, parseKey, parseMasterKeys, splitKeys } from "./master-key.ts";

/**
 * Keys in a file of the data folder, one a line. It is made with the first key, and replaced as a whole, so that it has
 * all keys at any moment. One process at a time writes it.
 */
export function keyFile(path: string): KeySource {
  const place = `the key file ${path}`;
  return {
    place,
    keepsKeys: true,
    async read() {
      const text = await readKeys(path);
      return text === undefined ? [] : parseMasterKeys(text, place);
    },
    async make() {
      const fresh = newKeyText();
      const text = await readKeys(path);
      if (text === undefined) await makeKeys(path, [fresh]);
      else await replaceKeys(path, [...splitKeys(text), fresh]);
      return parseKey(fresh, place);
    },
    async drop(id) {
      const keys = splitKeys((await readKeys(path)) ?? "");
      await replaceKeys(
        path,
        keys.filter((text) => parseKey(text, place).id !== id),
      );
    },
  };
}

async function readKeys(path: string): Promise<string | undefined> {
  try {
    const text = await readFile(path, "utf8");
    await closeToOthers(path);
    return text;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** A copy or a restored backup may have given others the right to read it. */
async function closeToOthers(path: string): Promise<void> {
  if (((await stat(path)).mode & 0o077) === 0) return;
  // Where it is mounted read-only, whoever mounted it says who may read it.
  await chmod(path, 0o600).catch(() => {});
}

/** A file that somebody else has made meanwhile stays: there may be values under its key. */
async function makeKeys(path: string, keys: readonly string[]): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeBeside(path, keys, (temporary) => link(temporary, path));
}

function replaceKeys(path: string, keys: readonly string[]): Promise<void> {
  return writeBeside(path, keys, (temporary) => rename(temporary, path));
}

/** All of the file is there or nothing, and it outlives a power cut: a key must be safe before anything is sealed under it. */
async function writeBeside(
  path: string,
  keys: readonly string[],
  place: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = `${path}.${randomBytes(8).toString("hex")}`;
  try {
    await writeDurably(temporary, keys.map((key) => `${key}\n`).join(""));
    await place(temporary);
    await syncFolder(dirname(path));
  } finally {
    await rm(temporary, { force: true });
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  await using file = await open(path, "wx", 0o600);
  await file.writeFile(text);
  await file.sync();
}

async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, "r");
  await folder.sync();
}
