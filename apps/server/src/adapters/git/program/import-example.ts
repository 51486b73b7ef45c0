import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { GitFailure, GitHead } from "#core/ports/git.ts";
import { readHead } from "./fetch-mirror.ts";
import type { GitProgram } from "./run-git.ts";
import { succeed } from "./succeed.ts";

const branch = "refs/heads/main";
/** What running an example leaves in its folder. */
const leftOut = new Set(["__pycache__", "out", ".git", ".venv", ".pytest_cache", ".ipynb_checkpoints", ".DS_Store"]);
/** 1 January 2026: the same files make the same commit. */
const committedAt = 1_767_225_600;

interface ExampleFile {
  readonly path: string;
  readonly from: string;
  readonly mode: "100644" | "100755";
}

/** Makes a folder the only commit of a repository's main branch. */
export async function importExample(
  git: GitProgram,
  gitDir: string,
  example: { readonly name: string; readonly folder: string },
  signal: AbortSignal,
): Promise<GitHead | GitFailure> {
  const files = await filesOf(example.folder, "");
  const input = importStream(example.name, files);
  await succeed(git, {
    gitDir,
    args: ["fast-import", "--quiet", "--force", "--done"],
    input,
    signal,
    timeLimit: 120_000,
  });
  return readHead({ git, path: gitDir }, branch, signal);
}

/** By path; links and other things that are no files are left out. */
async function filesOf(root: string, under: string): Promise<readonly ExampleFile[]> {
  const entries = await readdir(join(root, under), { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  const files: ExampleFile[] = [];
  for (const entry of entries) {
    if (leftOut.has(entry.name) || /[\n"\\]/.test(entry.name)) continue;
    const path = under === "" ? entry.name : `${under}/${entry.name}`;
    if (entry.isDirectory()) files.push(...(await filesOf(root, path)));
    if (!entry.isFile()) continue;
    const from = join(root, path);
    files.push({ path, from, mode: (await stat(from)).mode & 0o100 ? "100755" : "100644" });
  }
  return files;
}

/** The input of `git fast-import`. */
async function* importStream(name: string, files: readonly ExampleFile[]): AsyncIterable<Uint8Array> {
  const message = `The bundled example ${name}`;
  const person = `Tributary <example@tributary.invalid> ${committedAt} +0000`;
  yield Buffer.from(
    `commit ${branch}\nauthor ${person}\ncommitter ${person}\ndata ${Buffer.byteLength(message)}\n${message}\ndeleteall\n`,
  );
  for (const { path, from, mode } of files) {
    const bytes = await readFile(from);
    yield Buffer.from(`M ${mode} inline ${path}\ndata ${bytes.length}\n`);
    yield bytes;
    yield Buffer.from("\n");
  }
  yield Buffer.from("\ndone\n");
}
