import { accessSync, constants, statSync } from "node:fs";
import { resolve } from "node:path";

/**
 * The file that runs for a name under the attempt's own PATH, as execvp would choose it; a name with a slash is the
 * file itself. Relative paths begin at the working directory. Throws an `Error` that says why there is none.
 */
export function findProgram(name: string, cwd: string, path = "/bin:/usr/bin"): string {
  if (name.includes("/")) return resolve(cwd, name);
  const candidates = path.split(":").map((folder) => resolve(cwd, folder, name));
  const files = candidates.filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
  const program = files.find(isExecutable);
  if (program !== undefined) return program;
  throw new Error(files.length > 0 ? "found in PATH, but it is not executable" : `not found in PATH (${path})`);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
