import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LogStream } from "@tributary/proto/tributary/v1/logs_pb";
import { AttemptOutcome } from "@tributary/proto/tributary/v1/tasks_pb";
import { describe, expect, test } from "vitest";
import { type KnownAttempt, textOf } from "../fixture-server.ts";
import { lives } from "../lives.ts";
import { tarOf } from "../tar-of.ts";
import { useScene } from "../use-scene.ts";
import { makePackageIndex, packageSources } from "./packages.ts";

const scene = useScene();
const shell = (value: string) => ({ command: { case: "shell" as const, value } });
const said = (known: KnownAttempt) => textOf(known, LogStream.WORKER);

describe("a bare interpreter", () => {
  test.each(["", "3"])("version %j: python and python3 are the same", async (version) => {
    const { server } = scene();
    scene().worker();
    const known = server.assign({
      ...shell("python -c 'import sys; print(sys.version_info[0])'; python3 -V; python -V; command -v pip"),
      python: { version, lockKind: "", requirementsFile: "" },
    });
    expect(await server.ended(known)).toMatchObject({ outcome: AttemptOutcome.SUCCEEDED });
    const [major, first, second, pip] = textOf(known, LogStream.STDOUT).split("\n");
    expect(major).toBe("3");
    expect(first).toBe(second);
    expect(pip).toContain("/environments/bare-");
    expect(said(known)).toBe(`${first}\n`);
  });

  test("a version that is not there fails the run and names those that are", async () => {
    const { server } = scene();
    scene().worker([], { UV_PYTHON_DOWNLOADS: "never" });
    const known = server.assign({ ...shell("true"), python: { version: "3.99", lockKind: "", requirementsFile: "" } });
    const end = await server.ended(known, 60_000);
    expect(end).toMatchObject({ outcome: AttemptOutcome.FAILED, system: false, reason: { code: "python-not-found" } });
    expect(end.reason?.message).toMatch(/Python 3\.99 is not installed: this machine has 3\.\d+\.\d+/);
  }, 70_000);
});

describe("a pip environment", () => {
  const python = { version: "3", lockKind: "pip", requirementsFile: "requirements.txt" };
  const using = shell("python -c 'import tinypkg; print(tinypkg.VALUE)'");
  const needs = (text: string) => tarOf([{ name: "requirements.txt", content: text }]);
  const offline = (index: string) => ({ PIP_FIND_LINKS: index, PIP_NO_INDEX: "1" });

  test("is built once for two runs at a time, and found by a third", async () => {
    const { server } = scene();
    scene().worker([], offline(makePackageIndex(join(scene().root, "index"))));
    for (const key of ["1-1", "2-1", "3-1"]) server.inputs.set(key, await needs("tinypkg==1.0\n"));
    const both = [1, 2].map(() => server.assign({ ...using, hasInputs: true, python }));
    for (const known of both) {
      expect(await server.ended(known, 60_000)).toMatchObject({ outcome: AttemptOutcome.SUCCEEDED });
      expect(textOf(known, LogStream.STDOUT)).toBe("from the package\n");
      expect(said(known)).toContain("Successfully installed tinypkg-1.0");
    }
    expect(both.map(said).filter((text) => text.includes("Building the environment")).length).toBe(1);
    expect(both.map(said).filter((text) => text.includes("another task is building")).length).toBe(1);
    const third = server.assign({ ...using, hasInputs: true, python });
    await server.ended(third);
    expect(textOf(third, LogStream.STDOUT)).toBe("from the package\n");
    const given = [...both, third].map((known) => known.reports.flatMap(({ environment }) => environment ?? []));
    expect(given.map((all) => all.map(({ kind, reused }) => ({ kind, reused })))).toEqual([
      [{ kind: "pip", reused: false }],
      [{ kind: "pip", reused: false }],
      [{ kind: "pip", reused: true }],
    ]);
    expect(readdirSync(join(scene().folder, "environments"))).toContain(given[2]?.[0]?.key);
    expect(said(third)).toMatch(/Python 3\.\S+\nThe environment is from the cache\n$/);
    expect(builds().length).toBe(1);
  }, 90_000);

  test("one that cannot be built fails with the error and is not kept", async () => {
    const { server } = scene();
    scene().worker([], offline(makePackageIndex(join(scene().root, "index"))));
    server.inputs.set("1-1", await needs("no-such-package==1.0\n"));
    const known = server.assign({ ...shell("true"), hasInputs: true, python });
    const end = await server.ended(known, 60_000);
    expect(end).toMatchObject({
      outcome: AttemptOutcome.FAILED,
      system: false,
      reason: { code: "environment-failed" },
    });
    expect(end.reason?.message).toContain("ERROR: No matching distribution found for no-such-package==1.0");
    expect(said(known)).toContain("Could not find a version");
    expect(builds()).toEqual([]);
  }, 70_000);

  test("a Python without the modules that make environments is told with what to install", async () => {
    const { server } = scene();
    const bin = join(scene().root, "bin");
    mkdirSync(bin);
    const real = execFileSync("python3", ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" }).trim();
    const text = `#!/bin/sh\ncase "$*" in *ensurepip*) echo "No module named ensurepip"; exit 1;; *) exec '${real}' "$@";; esac\n`;
    writeFileSync(join(bin, "python3"), text, { mode: 0o755 });
    // The answer names the real program otherwise.
    const probe = `#!/bin/sh\ncase "$*" in *version_info*) '${real}' "$@" | sed '2s|.*|${bin}/python3|';; *) exec '${bin}/python3' "$@";; esac\n`;
    mkdirSync(join(bin, "first"));
    writeFileSync(join(bin, "first", "python3"), probe, { mode: 0o755 });
    scene().worker([], { PATH: `${bin}/first:${process.env.PATH}` });
    server.inputs.set("1-1", await needs("tinypkg==1.0\n"));
    const known = server.assign({ ...shell("true"), hasInputs: true, python });
    const end = await server.ended(known, 60_000);
    expect(end).toMatchObject({ outcome: AttemptOutcome.FAILED, reason: { code: "environment-failed" } });
    expect(end.reason?.message).toContain("its modules venv and ensurepip are missing");
    expect(end.reason?.hint).toContain("python3-venv");
    expect(builds()).toEqual([]);
  }, 70_000);

  test("a missing requirements file fails the run and is named", async () => {
    const { server } = scene();
    scene().worker();
    const known = server.assign({ ...shell("true"), python: { ...python, requirementsFile: "deps/all.txt" } });
    const end = await server.ended(known);
    expect(end).toMatchObject({ outcome: AttemptOutcome.FAILED, reason: { code: "requirements-missing" } });
    expect(end.reason?.message).toContain('"deps/all.txt"');
  });

  test("a cancel ends the build only when nobody else waits for it", async () => {
    const { server } = scene();
    const mark = join(scene().root, "building");
    scene().worker([], offline(makePackageIndex(join(scene().root, "index"), mark)));
    for (const key of ["1-1", "2-1"]) server.inputs.set(key, await needs("tinypkg==1.0\n"));
    const [first, second] = [1, 2].map(() => server.assign({ ...using, hasInputs: true, python })) as [
      KnownAttempt,
      KnownAttempt,
    ];
    const pid = await server.until("a build", () => existsSync(mark) && Number(readFileSync(mark, "utf8")), 60_000);
    await server.until(
      "both to wait",
      () => said(second).includes("environment") && said(first).includes("environment"),
    );
    server.cancel(first);
    expect(await server.ended(first)).toMatchObject({ outcome: AttemptOutcome.CANCELLED });
    expect(lives(pid)).toBe(true);
    server.cancel(second);
    expect(await server.ended(second)).toMatchObject({ outcome: AttemptOutcome.CANCELLED });
    expect(lives(pid)).toBe(false);
    expect(builds()).toEqual([]);
  }, 90_000);

  test("a worker killed while it builds: the next one ends that build and begins anew", async () => {
    const { server } = scene();
    const mark = join(scene().root, "building");
    const index = makePackageIndex(join(scene().root, "index"), mark);
    const worker = scene().worker([], offline(index));
    server.inputs.set("1-1", await needs("tinypkg==1.0\n"));
    const known = server.assign({ ...using, hasInputs: true, python });
    const pid = await server.until("a build", () => existsSync(mark) && Number(readFileSync(mark, "utf8")), 60_000);
    await worker.kill("SIGKILL");
    expect(lives(pid)).toBe(true);
    const quick = makePackageIndex(join(scene().root, "quick"));
    scene().worker([], offline(quick));
    expect(await server.ended(known, 60_000)).toMatchObject({ outcome: AttemptOutcome.SUCCEEDED });
    expect(lives(pid)).toBe(false);
    expect(builds().length).toBe(1);
  }, 150_000);

  test("one of the project's own packages is built for the run alone", async () => {
    const { server } = scene();
    scene().worker([], { PIP_NO_INDEX: "1" });
    const sources = Object.entries(packageSources()).map(([path, content]) => ({ name: `lib/${path}`, content }));
    server.inputs.set("1-1", await tarOf([...sources, { name: "requirements.txt", content: "./lib\n" }]));
    const known = server.assign({ ...using, hasInputs: true, python });
    expect(await server.ended(known, 60_000)).toMatchObject({ outcome: AttemptOutcome.SUCCEEDED });
    expect(textOf(known, LogStream.STDOUT)).toBe("from the package\n");
    expect(builds()).toEqual([]);
  }, 70_000);
});

/** All builds in the cache. */
function builds(): string[] {
  const folder = join(scene().folder, "environments");
  const keys = readdirSync(folder).filter((key) => !key.startsWith("bare-"));
  return keys.flatMap((key) => readdirSync(join(folder, key)).filter((name) => name.startsWith("build-")));
}
