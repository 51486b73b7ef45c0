import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A build backend in the package itself, so that building needs nothing from any index. */
const BACKEND = `
import os, time, zipfile
def wait():
    if os.path.exists("slow"):
        open(open("slow").read().strip(), "w").write(str(os.getpid()))
        time.sleep(120)
def build_wheel(folder, config_settings=None, metadata_directory=None):
    wait()
    name = "tinypkg-1.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as z:
        z.writestr("tinypkg.py", "VALUE = 'from the package'\\n")
        z.writestr("tinypkg-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: tinypkg\\nVersion: 1.0\\n")
        z.writestr("tinypkg-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        z.writestr("tinypkg-1.0.dist-info/RECORD", "")
    return name
`;
const PYPROJECT = `[project]
name = "tinypkg"
version = "1.0"
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
`;

/** Sources of the package `tinypkg` 1.0, by path. */
export function packageSources(): Record<string, string> {
  return { "pyproject.toml": PYPROJECT, "backend.py": BACKEND };
}

/**
 * Makes a folder with a source archive of `tinypkg`, for pip's `--find-links`.
 *
 * @param slow - a file into which the build writes its process number before it waits for two minutes
 */
export function makePackageIndex(folder: string, slow?: string): string {
  const sources = {
    ...packageSources(),
    "PKG-INFO": "Metadata-Version: 2.1\nName: tinypkg\nVersion: 1.0\n",
    ...(slow ? { slow } : {}),
  };
  for (const [path, text] of Object.entries(sources)) {
    const file = join(folder, "tinypkg-1.0", path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  execFileSync("tar", ["-czf", join(folder, "tinypkg-1.0.tar.gz"), "-C", folder, "tinypkg-1.0"]);
  return folder;
}
