import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { InputFile } from "./inputs.ts";
import { leadsInside } from "./inside.ts";

/** Made by tools as they go, never what a task was run for. */
const SKIPPED_FOLDERS = new Set([
  ".git",
  "__pycache__",
  ".pytest_cache",
  ".mypy_cache",
  ".ruff_cache",
  ".ipynb_checkpoints",
]);

/**
 * The files below `folder` that are new, or other than they were when fetched, sorted. Skips the caches of tools,
 * virtual environments, links that leave the folder and what is no file.
 */
export async function listChangedFiles(folder: string, inputs: ReadonlyMap<string, InputFile>): Promise<string[]> {
  const changed: string[] = [];
  for (const path of await listFiles(folder, ".")) {
    if (await hasChanged(folder, path, inputs.get(path))) changed.push(path);
  }
  return changed.sort();
}

/** All files below `path`, a folder below `root`, as paths from `root`. */
export async function listFiles(root: string, path: string): Promise<string[]> {
  if (existsSync(join(root, path, "pyvenv.cfg"))) return [];
  const found: string[] = [];
  for (const entry of await readdir(join(root, path), { withFileTypes: true })) {
    const below = path === "." ? entry.name : join(path, entry.name);
    if (entry.isDirectory() && !SKIPPED_FOLDERS.has(entry.name)) found.push(...(await listFiles(root, below)));
    else if (entry.isFile() || (entry.isSymbolicLink() && (await isFileInside(root, below)))) found.push(below);
  }
  return found;
}

/** Whether the path leads to a file below `root`. */
export async function isFileInside(root: string, path: string): Promise<boolean> {
  if (!leadsInside(root, path)) return false;
  return stat(join(root, path)).then(
    (found) => found.isFile(),
    () => false,
  );
}

async function hasChanged(folder: string, path: string, input: InputFile | undefined): Promise<boolean> {
  if (!input) return true;
  const { size, mtimeMs } = await stat(join(folder, path));
  if (size !== input.size) return true;
  return mtimeMs !== input.mtimeMs && (await sha256(join(folder, path))) !== input.sha256;
}

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest("hex");
}
