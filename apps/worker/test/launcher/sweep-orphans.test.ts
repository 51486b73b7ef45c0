import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Started, sweepOrphans } from "../../src/launcher/launcher.ts";
import { kinds, linux, lives, Rig, until } from "./rig.ts";

describe.each(kinds)("when the %s launcher is killed", (kind) => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await Rig.open(kind);
  });
  afterEach(() => rig.close());
  const pidIn = (name: string) => Number(readFileSync(rig.path(name), "utf8"));
  const written = (name: string) => until(() => existsSync(rig.path(name)) && pidIn(name) > 0, `${name} is written`);

  async function killLauncher(): Promise<readonly Started[]> {
    process.kill((await rig.launcher.hello()).pid, "SIGKILL");
    const gone = await rig.launcher.gone;
    return gone.why === "lost" ? gone.live : [];
  }

  it("says so, and names what was under way", async () => {
    const attempt = rig.attempt("sleep 100");
    const ended = rig.attempt("true");
    const started = await rig.launcher.start(attempt);
    await rig.launcher.start(ended);
    await rig.end(ended.id);
    const told = Array.fromAsync(rig.launcher.ends());
    expect(await killLauncher()).toEqual([started]);
    expect((await told).map(({ id }) => id)).toEqual([ended.id]);
    await expect(rig.launcher.start(rig.attempt("true"))).rejects.toMatchObject({ code: "lost" });
    const next = await rig.reopen();
    expect(await next.hello()).toMatchObject({ live: [], ended: [] });
  });

  it.runIf(linux)("its attempts are swept, wherever their processes went", async () => {
    const hidden = "setsid env -i sh -c 'echo $$ > hidden; exec sleep 100'";
    await rig.launcher.start(rig.attempt(`trap '' TERM; ${hidden} & sleep 100 & echo $! > child; wait; sleep 100`));
    await rig.launcher.start(
      rig.attempt("(setsid sh -c 'echo $$ > daemon; exec sleep 100' &); echo $$ > leader; exit"),
    );
    await rig.launcher.start(rig.attempt("exec env -i sh -c 'echo $$ > bare; sleep 100 & echo $! > bare-child; wait'"));
    await rig.launcher.start(rig.attempt("echo $$ > other; exec sleep 100"));
    for (const name of ["child", "hidden", "bare", "bare-child", "other"]) await written(name);
    const live = await killLauncher();
    const mine = live.filter(({ id }) => id !== "attempt-4");
    expect(await sweepOrphans({ folder: rig.folder, attempts: mine, graceSeconds: 0.3 })).toEqual({ left: 0 });
    for (const { pid } of mine) expect(lives(pid)).toBe(false);
    for (const name of ["child", "hidden", "bare", "bare-child"]) expect(lives(pidIn(name))).toBe(false);
    expect(lives(pidIn("other"))).toBe(true);
    await sweepOrphans({ folder: rig.folder, attempts: live });
    expect(lives(pidIn("other"))).toBe(false);
  });

  it.runIf(linux)("a process is swept although its parent, which alone shows whose it is, went first", async () => {
    const hidden = `setsid env -i sh -c 'trap "" TERM; echo $$ > hidden; exec sleep 100'`;
    const started = (await rig.launcher.start(rig.attempt(`${hidden} & exec sleep 100`))) as Started;
    await written("hidden");
    await killLauncher();
    expect(await sweepOrphans({ folder: rig.folder, attempts: [started], graceSeconds: 0.3 })).toEqual({ left: 0 });
    expect(lives(pidIn("hidden"))).toBe(false);
  });

  it.runIf(linux)("a daemon that an attempt left is swept by its environment alone", async () => {
    const daemon = "(setsid sh -c 'echo $$ > daemon; exec sleep 100' > /dev/null &)";
    const attempt = rig.attempt(`${daemon}; until [ -s daemon ]; do sleep 0.01; done; exec sleep 100`);
    const started = (await rig.launcher.start(attempt)) as Started;
    await written("daemon");
    await killLauncher();
    process.kill(started.pid, "SIGKILL");
    await until(() => !lives(started.pid), "its main process is gone");
    expect(lives(pidIn("daemon"))).toBe(true);
    expect(await sweepOrphans({ folder: rig.folder, attempts: [started] })).toEqual({ left: 0 });
    expect(lives(pidIn("daemon"))).toBe(false);
  });

  it("nobody else's process is touched", async () => {
    const started = (await rig.launcher.start(rig.attempt("exec sleep 100"))) as Started;
    const env = { PATH: "/bin:/usr/bin", TRIBUTARY_ATTEMPT: started.id, TRIBUTARY_LAUNCHER: "another server" };
    const other = spawn("sleep", ["100"], { env, detached: true, stdio: "ignore" });
    const otherPid = other.pid ?? 0;
    await killLauncher();
    const reused = { id: "gone-long-ago", pid: otherPid, startTime: started.startTime - 1 };
    await sweepOrphans({ folder: rig.folder, attempts: [started, reused] });
    expect(lives(started.pid)).toBe(false);
    expect(lives(otherPid)).toBe(true);
    other.kill("SIGKILL");
    await mkdir(rig.path("empty"));
    expect(await sweepOrphans({ folder: rig.path("empty"), attempts: [started] })).toEqual({ left: 0 });
  });
});
