import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { openLauncher } from "../../src/launcher/launcher.ts";
import { readLines } from "../../src/launcher/read-lines.ts";
import { kinds, linux, lives, optionsFor, Rig, until, within } from "./rig.ts";

describe.each(kinds)("the %s launcher endures", (kind) => {
  let rig: Rig;
  afterEach(() => rig.close());

  it("probes, garbage, and clients that do not say hello", async () => {
    rig = await Rig.open(kind);
    const path = rig.path("socket");
    for (let index = 0; index < 50; index++) {
      const probe = connect(path, () => probe.destroy());
    }
    const socket = connect(path);
    const answers: unknown[] = [];
    readLines(socket, (line) => answers.push(JSON.parse(line)));
    const lines = ["garbage", "[1]", "null", "7", "{}", '{"n":1}', '{"n":2,"do":"shutdown"}', '{"n":3,"do":"start"}'];
    socket.write(`${lines.join("\n")}\n\xff\xfe\n`);
    await until(() => answers.length === lines.length + 1, "every line is answered");
    for (const answer of answers) expect(answer).toHaveProperty("refused");
    expect(answers.slice(5, 8)).toMatchObject([{ n: 1 }, { n: 2 }, { n: 3 }]);
    socket.end('{"n":4,"do":"hel');
    await once(socket, "close");
    expect((await rig.run("exit 5")).ended).toMatchObject({ code: 5 });
  });

  it("requests that it does not know, from the worker itself", async () => {
    rig = await Rig.open(kind);
    rig.launcher.close();
    const socket = connect(rig.path("socket"));
    const answers: unknown[] = [];
    readLines(socket, (line) => answers.push(JSON.parse(line)));
    const ask = (n: number, request: object) => socket.write(`${JSON.stringify({ n, ...request })}\n`);
    ask(1, { do: "hello" });
    ask(2, { do: "dance" });
    ask(3, { do: "start", attempt: { id: 4 } });
    ask(4, { do: "signal", id: "x", signal: "USR1" });
    ask(5, { do: "forget" });
    await until(() => answers.length >= 4, "every line is answered");
    expect(answers).toContainEqual({ n: 1, ok: expect.objectContaining({ live: [] }) });
    for (const n of [2, 3, 4]) expect(answers).toContainEqual({ n, refused: expect.any(String) });
    socket.destroy();
    rig = Object.assign(rig, { launcher: await rig.reopen() });
    expect((await rig.run("exit 5")).ended).toMatchObject({ code: 5 });
  });

  it("a worker that does not read", async () => {
    rig = await Rig.open(kind);
    rig.launcher.close();
    const socket = connect(rig.path("socket"));
    socket.write('{"n":1,"do":"hello"}\n');
    const line = `${JSON.stringify({ n: 2, do: "x".repeat(200_000) })}\n`;
    socket.on("error", () => {}); // it is dropped while it writes
    const closed = new Promise((resolve) => socket.on("close", resolve));
    for (let index = 0; index < 200; index++) socket.write(line);
    await within(closed, "the launcher drops it");
    const next = await rig.reopen();
    expect((await next.hello()).live).toEqual([]);
  });
});

describe.each(kinds)("the %s launcher", (kind) => {
  it("leaves when nobody needs it, and not before", async () => {
    const rig = await Rig.open(kind, { idleSeconds: 0.2 });
    const { pid } = await rig.launcher.hello();
    const attempt = rig.attempt("true");
    await rig.launcher.start(attempt);
    await rig.end(attempt.id);
    rig.launcher.close();
    await delay(400);
    expect(lives(pid)).toBe(true);
    const next = await rig.reopen();
    await next.forget(attempt.id);
    await delay(400);
    expect(lives(pid)).toBe(true);
    next.close();
    await until(() => !lives(pid), "the launcher leaves");
    expect(existsSync(rig.path("socket"))).toBe(false);
    await rig.close();
  });

  it("keeps ends that nobody fetches for a time, and not after its folder was removed", async () => {
    const rig = await Rig.open(kind, { idleSeconds: 0.2, keepSeconds: 1 });
    const { pid } = await rig.launcher.hello();
    const attempt = rig.attempt("true");
    await rig.launcher.start(attempt);
    await rig.end(attempt.id);
    rig.launcher.close();
    await delay(500);
    expect(lives(pid)).toBe(true);
    await until(() => !lives(pid), "the launcher leaves after that time");
    const next = await Rig.open(kind, { idleSeconds: 0.2 });
    await next.launcher.start(next.attempt("true"));
    const { pid: nextPid } = await next.launcher.hello();
    rmSync(next.folder, { recursive: true });
    next.launcher.close();
    await until(() => !lives(nextPid), "the launcher leaves with its folder");
    await rig.close();
  });

  it("that is told to end stays until its attempts have ended", async () => {
    const rig = await Rig.open(kind);
    const { pid } = await rig.launcher.hello();
    const attempt = rig.attempt("trap 'exit 3' INT; echo up > up; while :; do sleep 0.01; done");
    await rig.launcher.start(attempt);
    for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"]) process.kill(pid, signal);
    await until(() => existsSync(rig.path("up")), "the attempt is up");
    expect((await rig.launcher.hello()).live).toHaveLength(1);
    const end = rig.end(attempt.id);
    await rig.launcher.signal(attempt.id, "INT");
    expect(await end).toMatchObject({ code: 3 });
    expect(await rig.launcher.gone).toEqual({ why: "lost", live: [] });
    await until(() => !lives(pid), "the launcher leaves");
    await rig.close();
  });

  it.runIf(linux)("rests while nothing happens", async () => {
    const rig = await Rig.open(kind);
    const attempt = rig.attempt("sleep 100");
    await rig.launcher.start(attempt);
    const { pid } = await rig.launcher.hello();
    const ticks = () => readFileSync(`/proc/${pid}/stat`, "utf8").split(" ").slice(13, 15).map(Number);
    await delay(200);
    const [user = 0, system = 0] = ticks();
    await delay(600);
    const [userThen = 0, systemThen = 0] = ticks();
    expect(userThen + systemThen - user - system).toBeLessThanOrEqual(1);
    await rig.close();
  });

  it("keeps its socket and folder to its owner", async () => {
    const rig = await Rig.open(kind);
    expect(statSync(rig.path("socket")).mode & 0o777).toBe(0o600);
    expect(statSync(rig.folder).mode & 0o777).toBe(0o700);
    await rig.close();
  });

  it.runIf(linux)("is started once for many that ask at the same time, and after one that was killed", async () => {
    const folder = await mkdtemp(join(tmpdir(), "tributary-launcher-"));
    const options = optionsFor(folder, kind);
    for (let round = 0; round < 2; round++) {
      const clients = await Promise.allSettled([1, 2, 3, 4].map(() => openLauncher(options)));
      expect(clients.map(({ status }) => status)).toContain("fulfilled");
      await until(() => serving(folder).length === 1, "one launcher is left");
      for (const pid of serving(folder)) process.kill(pid, "SIGKILL");
      await until(() => serving(folder).length === 0, "it is gone");
    }
    await rm(folder, { recursive: true });
  });
});

/** The launchers of a folder. */
function serving(folder: string): number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(join(folder, "launcher.lock")) && lives(pid);
    } catch {
      return false;
    }
  });
}

describe("opening a launcher", () => {
  it("refuses paths that cannot be used, and names the option", async () => {
    const folder = await mkdtemp(join(tmpdir(), "tributary-launcher-"));
    const options = optionsFor(folder, "python");
    const long = join(folder, "x".repeat(100));
    await expect(openLauncher({ ...options, socketPath: long })).rejects.toThrow(
      new RegExp(`^socketPath: ${long} has ${long.length} bytes, .* 10\\d; choose a shorter folder`),
    );
    await expect(openLauncher({ ...options, folder: "here" })).rejects.toThrow("folder must be an absolute path");
    await mkdir(join(folder, "open"));
    await chmod(join(folder, "open"), 0o755);
    await expect(openLauncher({ ...options, folder: join(folder, "open") })).rejects.toThrow(
      /^folder: others may enter/,
    );
    await rm(folder, { recursive: true });
  });

  it("sends a launcher of another version away, unless it has work left", async () => {
    const folder = await mkdtemp(join(tmpdir(), "tributary-launcher-"));
    const options = optionsFor(folder, "python");
    let refusal: object = { refused: "1 attempts live, and 0 ends are not forgotten" };
    const old = createServer((socket) => {
      readLines(socket, (line) => {
        const { n, do: verb } = JSON.parse(line) as { n: number; do: string };
        const hello = { version: 0, kind: "python", pid: 77, startTime: 1, adopts: true, live: [], ended: [] };
        socket.write(`${JSON.stringify({ n, ...(verb === "hello" ? { ok: hello } : refusal) })}\n`);
        if (verb === "shutdown" && "ok" in refusal) old.close();
      });
    }).listen(options.socketPath);
    await once(old, "listening");
    await expect(openLauncher(options)).rejects.toThrow(/process 77\) speaks version 0, .* 1 attempts live/);
    refusal = { ok: null };
    const launcher = await openLauncher(options);
    expect((await launcher.hello()).version).toBe(1);
    await launcher.shutdown();
    await rm(folder, { recursive: true });
  });

  it("falls back to Node when Python does not work", async () => {
    const folder = await mkdtemp(join(tmpdir(), "tributary-launcher-"));
    const broken = join(folder, "python");
    await writeFile(broken, "#!/bin/sh\necho too old >&2; exit 1", { mode: 0o755 });
    const warnings: object[] = [];
    const log = { info: () => {}, warn: (fields: object) => warnings.push(fields) };
    const launcher = await openLauncher({ ...optionsFor(folder, "python"), python: broken, log });
    expect((await launcher.hello()).kind).toBe("node");
    expect(warnings).toMatchObject([{ command: broken, failure: "too old" }]);
    await launcher.shutdown();
    await rm(folder, { recursive: true });
  });
});
