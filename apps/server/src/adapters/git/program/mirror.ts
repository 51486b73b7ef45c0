import { randomUUID } from "node:crypto";
import { mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { RefusedError } from "#core/errors.ts";
import { runGit } from "./collect-git.ts";
import type { GitProgram } from "./run-git.ts";

/** @throws RefusedError `invalid` for what could be another path */
export function mirrorPath(folder: string, sourceId: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,199}$/.test(sourceId)) {
    throw new RefusedError("invalid", "a source's id has letters, digits, - and _ only");
  }
  return join(folder, `${sourceId}.git`);
}

/** Sources that have a mirror, by their folders. */
export async function listMirrors(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.flatMap((name) => /^([A-Za-z0-9][A-Za-z0-9_-]{0,199})\.git$/.exec(name)?.[1] ?? []);
}

/** Of all files, whatever a repository's own .gitattributes leave out or fill in when it is archived. */
const attributes = "* -export-ignore -export-subst\n";

/** Makes an empty bare repository, whole or not at all, unless there is one. */
export async function makeMirror(git: GitProgram, path: string): Promise<void> {
  if (await exists(path)) return;
  const temporary = `${path}.${randomUUID()}.new`;
  const { code, stderr } = await runGit(git, {
    args: ["init", "--quiet", "--bare", "--template=", "--initial-branch=main", "--", temporary],
    timeLimit: 30_000,
  });
  if (code !== 0) throw new Error(`git cannot make a repository in its folder: ${stderr.trim().slice(0, 300)}`);
  await mkdir(join(temporary, "info"), { recursive: true });
  await writeFile(join(temporary, "info", "attributes"), attributes);
  await rename(temporary, path);
}

/** Removes what a git process that was killed has left: locks, and packs that were not finished. */
export async function tidyMirror(path: string): Promise<void> {
  const names = await readdir(path, { recursive: true }).catch(() => []);
  const left = names.filter((name) => /(\.lock|(^|\/)objects\/(pack\/)?tmp_[^/]*)$/.test(name));
  await Promise.all(left.map((name) => rm(join(path, name), { recursive: true, force: true })));
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
    throw error;
  }
}
