import { existsSync, readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { collect, kinds, linux, lives, Rig, until } from "./rig.ts";

/** A daemon: forked twice, in a session of its own; it writes its number to a file named `daemon`. */
const daemon = (script: string, prefix = "") =>
  `(${prefix} setsid sh -c 'echo $$ > daemon; ${script}' > /dev/null 2>&1 &); until [ -s daemon ]; do sleep 0.01; done;`;

describe.each(kinds)("what an attempt of the %s launcher leaves behind", (kind) => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await Rig.open(kind);
  });
  afterEach(() => rig.close());
  const read = (name: string) => (existsSync(rig.path(name)) ? readFileSync(rig.path(name), "utf8") : "");
  const daemonPid = () => Number(read("daemon"));

  it("is ended with its group: TERM first, then KILL", async () => {
    const { ended } = await rig.run(
      "(trap 'echo told > told; exit' TERM; touch up; while :; do sleep 0.01; done) & until [ -e up ]; do sleep 0.01; done; exit 4",
    );
    expect(ended).toMatchObject({ code: 4 });
    expect(existsSync(rig.path("told"))).toBe(true);
    const stubborn = await rig.run("(trap '' TERM; echo $$; exec sleep 100) & sleep 0.1; echo $!");
    expect(stubborn.ended).toMatchObject({ code: 0 });
    for (const pid of stubborn.out.trim().split("\n")) expect(lives(Number(pid))).toBe(false);
  });

  it.runIf(linux)("is ended when it left the group", async () => {
    const earlier = rig.attempt("exec sleep 100");
    await rig.launcher.start(earlier);
    const { ended } = await rig.run(`${daemon("exec sleep 100")} exit 0`);
    expect(ended).toMatchObject({ code: 0 });
    expect((await rig.launcher.hello()).live).toMatchObject([{ id: earlier.id }]);
    expect(lives(daemonPid())).toBe(false);
  });

  it.runIf(linux)("is ended by KILL when it left the group and ignores TERM", async () => {
    const { ended } = await rig.run(`${daemon('trap "" TERM; while :; do sleep 0.01; done')} exit 0`);
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.left).toBeUndefined();
    expect(lives(daemonPid())).toBe(false);
  });

  it.runIf(linux)("is ended when a long attempt left it", async () => {
    const { ended } = await rig.run(`${daemon("exec sleep 100")} sleep 2.2`);
    expect(ended).toMatchObject({ code: 0 });
    expect(lives(daemonPid())).toBe(false);
  });

  // Only the Python launcher takes in the orphans of its attempts.
  if (kind === "python") {
    it.runIf(linux)("is ended when it left the group and dropped its environment", async () => {
      const other = rig.attempt("exec sleep 100");
      await rig.run(`${daemon("exec sleep 100", "env -i")} exit 0`);
      expect(lives(daemonPid())).toBe(false);
      await rig.launcher.start(other);
      expect((await rig.launcher.hello()).live).toHaveLength(1);
    });
  }

  it.runIf(linux)("is left alone as long as its attempt lives, whatever else ends", async () => {
    const attempt = rig.attempt(`${daemon("exec sleep 100")} exec sleep 100`);
    await rig.launcher.start(attempt);
    await until(() => daemonPid() > 0, "the daemon is up");
    await rig.run("exit 1");
    await rig.run("sleep 100 & exit 1");
    expect(lives(daemonPid())).toBe(true);
    await rig.launcher.signal(attempt.id, "TERM");
    expect(await rig.end(attempt.id)).toMatchObject({ signal: 15 });
    expect(lives(daemonPid())).toBe(false);
  });

  it.runIf(linux)(
    "is ended after a signal although nothing but its parent, which went first, showed whose it is",
    async () => {
      const earlier = rig.attempt("exec sleep 100");
      await rig.launcher.start(earlier);
      const hidden = `setsid env -i sh -c 'trap "" TERM; echo $$ > daemon; exec sleep 100'`;
      const attempt = rig.attempt(`${hidden} & exec sleep 100`);
      await rig.launcher.start(attempt);
      await until(() => daemonPid() > 0, "the hidden process is up");
      await rig.launcher.signal(attempt.id, "TERM");
      expect(await rig.end(attempt.id)).toMatchObject({ signal: 15 });
      expect(lives(daemonPid())).toBe(false);
      expect((await rig.launcher.hello()).live).toMatchObject([{ id: earlier.id }]);
    },
  );

  it("cancels a process that traps TERM by KILL", async () => {
    const attempt = rig.attempt("trap 'echo told' TERM; echo ready; while :; do sleep 0.01; done");
    await rig.launcher.start(attempt);
    const { texts, all } = collect(attempt);
    await until(() => texts.out.includes("ready"), "the attempt is up");
    await rig.launcher.signal(attempt.id, "TERM");
    await until(() => texts.out.includes("told"), "the trap runs");
    expect((await rig.launcher.hello()).live).toHaveLength(1);
    await rig.launcher.signal(attempt.id, "KILL");
    expect(await rig.end(attempt.id)).toMatchObject({ signal: 9 });
    expect((await all()).out).toBe("ready\ntold\n");
  });

  it.runIf(linux)("gets a signal as well, once, while the attempt lives", async () => {
    const told = 'trap "echo told >> told" TERM; while :; do sleep 0.01; done';
    const attempt = rig.attempt(`trap 'echo main' TERM; ${daemon(told)} while :; do sleep 0.01; done`);
    await rig.launcher.start(attempt);
    const { texts } = collect(attempt);
    await until(() => daemonPid() > 0, "the daemon is up");
    await rig.launcher.signal(attempt.id, "TERM");
    await until(() => texts.out !== "" && read("told") !== "", "both are told");
    expect((await rig.launcher.hello()).live).toHaveLength(1);
    await rig.launcher.signal(attempt.id, "KILL");
    expect(await rig.end(attempt.id)).toMatchObject({ signal: 9 });
    expect(texts.out).toBe("main\n");
    expect(read("told")).toBe("told\n");
    expect(lives(daemonPid())).toBe(false);
  });
});
