import { realpathSync } from "node:fs";
import { isAbsolute, join, normalize, relative } from "node:path";

/**
 * The path below `root` that `path` means, without `.` and doubled slashes.
 *
 * @throws Error saying what is wrong: absolute, `..`, a NUL byte, too long
 */
export function checkRelative(path: string): string {
  if (path.includes("\0")) throw new Error(`the path "${path.replaceAll("\0", "\\0")}" contains a NUL byte`);
  if (path.length > 4096) throw new Error(`the path "${path.slice(0, 80)}…" is longer than 4096 characters`);
  if (isAbsolute(path)) throw new Error(`the path "${path}" is absolute; it must be relative to the working directory`);
  if (path.split("/").includes("..")) throw new Error(`the path "${path}" contains ".."`);
  const clean = normalize(path).replace(/\/$/, "");
  return clean === "" ? "." : clean;
}

/** Whether the file that `path` (below `root`, links followed) leads to lies in `root`; false when it leads nowhere. */
export function leadsInside(root: string, path: string): boolean {
  try {
    // The system's own way: Node's takes `link/..` for the folder of the link, not for the parent of where it leads.
    const below = relative(realpathSync.native(root), realpathSync.native(join(root, path)));
    return below !== ".." && !below.startsWith("../") && !isAbsolute(below);
  } catch {
    return false;
  }
}
