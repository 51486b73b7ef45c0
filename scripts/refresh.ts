import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";

/** A folder that is made from files of the repository. */
export interface Product {
  /** The folder, below the root. */
  readonly output: string;
  /** Patterns of the files that it is made from. */
  readonly inputs: readonly string[];
  /** Patterns of what is no input though it matches. */
  readonly notInputs?: readonly string[];
  /**
   * @param workFolder - absolute and empty; removed afterwards
   * @returns the folder within `workFolder` that is to become `output`
   */
  build(workFolder: string): Promise<string>;
}

/** Where a product remembers the hash of the inputs that it was made from. */
const stamp = ".inputs";

/**
 * Makes a product again when its inputs have changed since, and puts it in place at once as a whole.
 *
 * Of several processes that want it at the same time one makes it; the others wait and find it done.
 *
 * @returns whether it was made
 */
export async function refresh(root: string, product: Product): Promise<boolean> {
  if (isFresh(root, product)) return false;
  mkdirSync(join(root, ".cache"), { recursive: true });
  using _lock = await lockProducts(root);
  if (isFresh(root, product)) return false;
  const hash = hashOf(root, product);
  const work = mkdtempSync(join(root, ".cache/new-"));
  try {
    const made = await product.build(work);
    writeFileSync(join(made, stamp), hash);
    replace(join(root, product.output), made, join(work, "replaced"));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return true;
}

/** A lock of the operating system: it lets go when the process dies, however that happens. */
async function lockProducts(root: string): Promise<Disposable> {
  const lock = new DatabaseSync(join(root, ".cache/products.lock"));
  for (;;) {
    try {
      lock.exec("begin exclusive");
      return lock;
    } catch (error) {
      if (!(error instanceof Error && error.message.includes("locked"))) throw error;
      await pause(100);
    }
  }
}

function isFresh(root: string, product: Product): boolean {
  const path = join(root, product.output, stamp);
  return existsSync(path) && readFileSync(path, "utf8") === hashOf(root, product);
}

function hashOf(root: string, { inputs, notInputs = [] }: Product): string {
  const hash = createHash("sha256");
  const excluded = new Set(filesOf(root, notInputs));
  const paths = filesOf(root, inputs).filter((path) => !excluded.has(path));
  for (const path of paths.sort())
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(root, path)))
      .update("\0");
  return hash.digest("hex");
}

function filesOf(root: string, patterns: readonly string[]): string[] {
  const entries = globSync([...patterns], { cwd: root, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

function replace(target: string, made: string, old: string): void {
  mkdirSync(dirname(target), { recursive: true });
  if (existsSync(target)) renameSync(target, old);
  renameSync(made, target);
}
