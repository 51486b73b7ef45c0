import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { globSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** Makes the wheel whose module is `tinywheel`, or says its VALUE when it is called as a program of that name. */
const MAKE = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as z:
    def add(path, text):
        z.writestr(zipfile.ZipInfo(path), text)
    add("tinywheel.py", "VALUE = 'from the wheel'\\ndef main():\\n    print(VALUE)\\n")
    info = "tinywheel-1.0.dist-info"
    add(info + "/METADATA", "Metadata-Version: 2.1\\nName: tinywheel\\nVersion: 1.0\\n")
    add(info + "/WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    add(info + "/entry_points.txt", "[console_scripts]\\ntinywheel = tinywheel:main\\n")
    add(info + "/RECORD", "".join(p + ",,\\n" for p in ["tinywheel.py", *(info + "/" + n for n in ["METADATA", "WHEEL", "entry_points.txt", "RECORD"])]))
`;
const WHEEL = "tinywheel-1.0-py3-none-any.whl";

/** An index of packages as PyPI's simple one, with the one wheel `tinywheel` 1.0. */
export interface PackageIndex {
  /** `http://127.0.0.1:port/simple`. */
  readonly url: string;
  /** Of the wheel, in hexadecimal. */
  readonly sha256: string;
  /** Paths that were asked for. */
  readonly asked: readonly string[];
  /** Lets whoever asks for the wheel from now on wait for ever. */
  hold(): void;
}

/**
 * Starts one on this machine, for the test that runs.
 *
 * @param environments - from which those go at the end that were made with it
 */
export async function startPackageIndex(folder: string, environments?: string): Promise<PackageIndex> {
  mkdirSync(folder, { recursive: true });
  execFileSync("python3", ["-c", MAKE, join(folder, WHEEL)]);
  const wheel = readFileSync(join(folder, WHEEL));
  const sha256 = createHash("sha256").update(wheel).digest("hex");
  const asked: string[] = [];
  let held = false;
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    asked.push(path);
    if (path === "/simple/tinywheel/") {
      response.setHeader("content-type", "text/html");
      response.end(`<html><body><a href="/files/${WHEEL}#sha256=${sha256}">${WHEEL}</a></body></html>`);
    } else if (path.startsWith(`/files/${WHEEL}`)) {
      if (!held) response.setHeader("content-length", wheel.length).end(request.method === "HEAD" ? "" : wheel);
    } else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
    if (environments) removeEnvironments(environments, `http://127.0.0.1:${port}/`);
  });
  const hold = () => {
    held = true;
  };
  return { url: `http://127.0.0.1:${port}/simple`, sha256, asked, hold };
}

/** No later test could use them, as its index has another address. */
function removeEnvironments(folder: string, address: string): void {
  for (const path of globSync("*/build-*/files/{pyproject.toml,Pipfile}", { cwd: folder })) {
    if (!readFileSync(join(folder, path), "utf8").includes(address)) continue;
    rmSync(join(folder, path.split("/")[0] ?? ""), { recursive: true, force: true });
  }
}
