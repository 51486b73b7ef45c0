import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { PythonEnvironmentSchema } from "@tributary/proto/tributary/v1/dispatch_pb";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { buildingBase } from "../../src/environment-variables.ts";
import { Environments } from "../../src/python/environments.ts";
import { Interpreters } from "../../src/python/interpreters.ts";
import { SharedEnvironments } from "../../src/python/shared-environments.ts";
import { toolRecipe } from "../../src/python/tools.ts";

const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "tributary/test-environments/worker");
const RELEASES = "https://github.com/astral-sh/python-build-standalone/releases/download";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "tributary-fetch-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true, maxRetries: 3 }));

/** The worker's own uv, as a machine without one gets it. */
async function ownUv(): Promise<string> {
  const env = buildingBase(process.env);
  const interpreter = await new Interpreters(env).findAtLeast("3.8", "uv");
  const shared = new SharedEnvironments(CACHE, env, () => undefined);
  const user = { attemptFolder: root, workFolder: root, signal: AbortSignal.timeout(240_000), say: () => undefined };
  return join((await shared.get(user, { recipe: toolRecipe("uv"), interpreter })).bin, "uv");
}

/** This machine's Python, without what the tests do not need, as an archive of the kind that uv fetches. */
function packPython(): { archive: Buffer; version: string } {
  const about = `import os, sys, sysconfig
print("%d.%d.%d" % sys.version_info[:3], sysconfig.get_path("stdlib"), os.path.realpath(sys.executable), sep="\\n")`;
  const [version = "", library = "", program = ""] = execFileSync("python3", ["-c", about], { encoding: "utf8" }).split(
    "\n",
  );
  const short = version.split(".").slice(0, 2).join(".");
  const packed = join(root, "packed/python");
  const left = /\/(test|tests|site-packages|dist-packages|idlelib|tkinter|ensurepip|__pycache__|config-[^/]*)(\/|$)/;
  cpSync(library, join(packed, "lib", `python${short}`), {
    recursive: true,
    dereference: true,
    filter: (path) => !left.test(path.slice(library.length)),
  });
  mkdirSync(join(packed, "bin"));
  cpSync(program, join(packed, "bin", `python${short}`));
  for (const name of ["python", "python3"]) symlinkSync(`python${short}`, join(packed, "bin", name));
  execFileSync("tar", ["-czf", join(root, "python.tar.gz"), "-C", join(root, "packed"), "python"]);
  return { archive: readFileSync(join(root, "python.tar.gz")), version };
}

/** A mirror of the interpreters that uv fetches, with this one. Returns uv's settings for it, and what was asked for. */
async function startMirror(archive: Buffer, version: string) {
  const [major, minor, patch] = version.split(".").map(Number);
  const [family, triple] = process.arch === "arm64" ? ["aarch64", "aarch64"] : ["x86_64", "x86_64"];
  const file = `cpython-${version}+20260101-${triple}-unknown-linux-gnu-install_only_stripped.tar.gz`;
  const entry = {
    ...{ name: "cpython", arch: { family, variant: null }, os: "linux", libc: "gnu", major, minor, patch },
    ...{ prerelease: "", variant: null, build: "20260101" },
    url: `${RELEASES}/20260101/${encodeURIComponent(file)}`,
    sha256: createHash("sha256").update(archive).digest("hex"),
  };
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "");
    asked.push(path);
    if (path === "/downloads.json") response.end(JSON.stringify({ [`cpython-${version}-linux-${family}-gnu`]: entry }));
    else if (path === `/mirror/20260101/${file}`) response.end(archive);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const settings = {
    UV_PYTHON_INSTALL_MIRROR: `${address}/mirror`,
    UV_PYTHON_DOWNLOADS_JSON_URL: `${address}/downloads.json`,
    UV_CACHE_DIR: join(root, "cache"),
  };
  return { settings, asked };
}

/** A machine that has uv and no Python at all. */
async function bareMachine() {
  mkdirSync(join(root, "bin"));
  symlinkSync(await ownUv(), join(root, "bin/uv"));
  return { PATH: join(root, "bin"), HOME: root, PYENV_ROOT: join(root, "pyenv") };
}

function prepare(environments: Environments, version: string, attempt: string, signal = AbortSignal.timeout(120_000)) {
  const attemptFolder = join(root, attempt);
  mkdirSync(attemptFolder, { recursive: true });
  const said: string[] = [];
  const made = environments.prepare({
    python: create(PythonEnvironmentSchema, { version }),
    ...{ attemptFolder, workFolder: attemptFolder, privateFolder: join(attemptFolder, "environment"), command: "" },
    signal,
    say: (text) => void said.push(text),
  });
  return { made, said };
}

describe("a version that the machine does not have", () => {
  test("is fetched once by uv from a mirror, and found by later runs", async () => {
    const { archive, version } = packPython();
    const mirror = await startMirror(archive, version);
    const env = { ...(await bareMachine()), ...mirror.settings };
    const folder = join(root, "environments");
    const environments = new Environments(folder, env);
    const wanted = version.split(".").slice(0, 2).join(".");
    const both = [prepare(environments, wanted, "1-1"), prepare(environments, wanted, "2-1")];
    for (const { made, said } of both) {
      const { bin, described } = await made;
      expect(described).toMatchObject({ pythonVersion: version });
      const where = execFileSync(join(bin, "python"), ["-c", "import sys; print(sys.executable)"], {
        encoding: "utf8",
      });
      expect(where).toContain("/bin/python");
      expect(said.join("\n")).toContain(`uv fetches Python ${wanted}`);
      expect(said.join("\n")).toContain(`Installed Python ${version}`);
    }
    expect(mirror.asked.filter((path) => path.startsWith("/mirror/"))).toHaveLength(1);
    const next = prepare(new Environments(folder, env), version, "3-1");
    await next.made;
    expect(next.said).toEqual([`Python ${version}`]);
    await environments.sweep({ maxAgeMs: 0, maxBytes: 0 });
    expect(readdirSync(join(folder, ".pythons")).some((name) => name.startsWith(`cpython-${version}-`))).toBe(true);
  }, 300_000);

  test("that does not exist, or cannot be fetched, is told with why", async () => {
    const { archive, version } = packPython();
    const mirror = await startMirror(archive, version);
    const env = { ...(await bareMachine()), ...mirror.settings };
    const environments = new Environments(join(root, "environments"), env);
    await expect(prepare(environments, "3.99", "1-1").made).rejects.toMatchObject({
      code: "python-not-found",
      message: expect.stringContaining("uv could not fetch it: No download found"),
    });
    const other = { ...env, UV_PYTHON_INSTALL_MIRROR: `${env.UV_PYTHON_INSTALL_MIRROR}/none` };
    await expect(prepare(new Environments(join(root, "others"), other), version, "2-1").made).rejects.toMatchObject({
      code: "python-not-fetched",
      hint: expect.stringContaining("UV_PYTHON_INSTALL_MIRROR"),
    });
    const never = new Environments(join(root, "others"), { ...env, UV_PYTHON_DOWNLOADS: "never" });
    await expect(prepare(never, version, "3-1").made).rejects.toThrow("this machine has no Python at all");
  }, 300_000);

  test("is not fetched on when nobody waits for it any more", async () => {
    const { archive, version } = packPython();
    const mirror = await startMirror(archive, version);
    const held = createServer(() => undefined);
    await new Promise<void>((resolve) => held.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      held.closeAllConnections();
      held.close();
    });
    const address = `http://127.0.0.1:${(held.address() as AddressInfo).port}`;
    const env = { ...(await bareMachine()), ...mirror.settings, UV_PYTHON_INSTALL_MIRROR: address };
    const stop = new AbortController();
    const asked = new Promise((resolve) => held.once("request", resolve));
    const { made } = prepare(new Environments(join(root, "environments"), env), version, "1-1", stop.signal);
    const ended = expect(made).rejects.toThrow("stopped");
    await asked;
    stop.abort(new Error("stopped"));
    await ended;
  }, 300_000);
});

describe("the worker's own uv", () => {
  test("is installed where the machine has none, to fetch a version", async () => {
    const { archive, version } = packPython();
    const mirror = await startMirror(archive, version);
    const real = execFileSync("python3", ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" }).trim();
    mkdirSync(join(root, "bin"));
    writeFileSync(join(root, "bin/python3"), `#!/bin/sh\nexec '${real}' "$@"\n`, { mode: 0o755 });
    const env = { ...buildingBase(process.env), ...mirror.settings, UV_PYTHON_INSTALL_DIR: join(root, "pythons") };
    const environments = new Environments(CACHE, { ...env, PATH: join(root, "bin"), PYENV_ROOT: join(root, "none") });
    const { made, said } = prepare(environments, "3.99", "1-1", AbortSignal.timeout(240_000));
    await expect(made).rejects.toMatchObject({
      code: "python-not-found",
      message: expect.stringContaining("uv could not fetch it"),
    });
    expect(said.join("\n")).toContain("uv fetches Python 3.99");
  }, 300_000);
});
