import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import ignore, { type Ignore } from "ignore";

/** A file of a folder. */
export interface FolderFile {
  /** From the folder, `/` between parts. */
  readonly path: string;
  readonly size: number;
}

/** Rules of a folder and of those above it, each looked at from its own place. */
interface Rules {
  readonly at: string;
  readonly rules: Ignore;
}

const ruleFiles = [".gitignore", ".ameignore"];
/** What nobody wants uploaded, whether a file says so or not. A rule with `!` brings it back. */
const usual = [
  ".git/",
  ".hg/",
  ".svn/",
  "__pycache__/",
  "*.py[cod]",
  ".venv/",
  "venv/",
  ".pytest_cache/",
  ".mypy_cache/",
  ".ruff_cache/",
  ".ipynb_checkpoints/",
  ".tox/",
  "node_modules/",
  ".DS_Store",
  ".tributary/",
];

/**
 * The files below a folder that are to be uploaded, by path: without what `.gitignore` and `.ameignore` files leave out,
 * `.ameignore` last, and without what is usually made anew. Links to files count as the files; links to folders and what
 * is neither file nor folder are left out.
 */
export async function listFiles(folder: string): Promise<readonly FolderFile[]> {
  const files: FolderFile[] = [];
  await walk(folder, "", [], files);
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function walk(folder: string, at: string, above: readonly Rules[], files: FolderFile[]): Promise<void> {
  const rules = [...above, { at, rules: await rulesOf(join(folder, at), at === "" ? usual : []) }];
  for (const entry of await readdir(join(folder, at), { withFileTypes: true })) {
    const path = at === "" ? entry.name : `${at}/${entry.name}`;
    if (entry.isDirectory()) {
      if (!isLeftOut(`${path}/`, rules)) await walk(folder, path, rules, files);
      continue;
    }
    if ((!entry.isFile() && !entry.isSymbolicLink()) || isLeftOut(path, rules)) continue;
    const found = await stat(join(folder, path)).catch(() => undefined);
    if (found?.isFile()) files.push({ path, size: found.size });
  }
}

async function rulesOf(folder: string, first: readonly string[]): Promise<Ignore> {
  const rules = ignore().add(first);
  for (const name of ruleFiles) {
    rules.add(await readFile(join(folder, name), "utf8").catch(() => ""));
  }
  return rules;
}

/** The nearest folder that says something about a path decides. */
function isLeftOut(path: string, all: readonly Rules[]): boolean {
  for (const { at, rules } of all.toReversed()) {
    const { ignored, unignored } = rules.test(at === "" ? path : path.slice(at.length + 1));
    if (ignored || unignored) return ignored;
  }
  return false;
}
