import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { addUser } from "./environment-users.ts";
import type { Interpreter } from "./interpreters.ts";
import { hash, touch } from "./shared-environments.ts";

/**
 * A folder with links to the interpreter, as `python` alone may be another one or missing.
 *
 * @param root - of all environments
 */
export async function bareEnvironment(root: string, { path, version }: Interpreter, attemptFolder: string) {
  const folder = join(root, `bare-${hash([path, version])}`);
  const bin = join(folder, "bin");
  if (!existsSync(bin)) {
    const made = join(folder, `bin-${randomBytes(6).toString("hex")}`);
    await mkdir(made, { recursive: true });
    const [major, minor] = version.split(".");
    for (const name of ["python", `python${major}`, `python${major}.${minor}`]) await symlink(path, join(made, name));
    for (const name of ["pip", `pip${major}`]) {
      await writeFile(join(made, name), `#!/bin/sh\nexec '${path.replaceAll("'", "'\\''")}' -m pip "$@"\n`);
      await chmod(join(made, name), 0o755);
    }
    // Another attempt may have been faster; its folder is as good.
    await rename(made, bin).catch(() => rm(made, { recursive: true, force: true }));
  }
  addUser(folder, attemptFolder);
  touch(folder);
  return { bin, folder };
}
