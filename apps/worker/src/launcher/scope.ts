import { randomUUID } from "node:crypto";
import { link, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * The mark of a launcher's folder, made once at random. It stands in the environment of every attempt, so that a sweep
 * never takes an attempt of another server on this machine, which may have the same id, for its own.
 */
export async function readScope(folder: string): Promise<string> {
  const path = join(folder, "launcher.scope");
  const fresh = `${path}.${process.pid}.${randomUUID()}`;
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  await writeFile(fresh, randomUUID(), { mode: 0o600 });
  try {
    await link(fresh, path); // whole or not at all, and the first one wins
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    await rm(fresh, { force: true });
  }
  return readFile(path, "utf8");
}
