import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { whyNoGroups } from "./kernel-limits.ts";
import { kinds, lives, Rig, until } from "./rig.ts";

const MIB = 1 << 20;
const lacking = whyNoGroups("memory") ?? whyNoGroups("pids");
if (lacking) console.warn(`skipped: limits of control groups, as ${lacking}`);

/** Takes so many MiB and keeps them for a while. */
const eat = (mib: number) => [
  "python3",
  "-c",
  `import time\nkept = b"x" * (${mib} << 20)\nprint(len(kept), flush=True)\ntime.sleep(0.1)`,
];

describe.runIf(!lacking)("limits that the kernel keeps", () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await Rig.open("python");
  });
  afterEach(() => rig.close());

  it("are told to be there", async () => {
    const { control } = await rig.launcher.hello();
    expect(control).toMatchObject({
      memory: expect.stringMatching(/^v[12]$/),
      pids: expect.stringMatching(/^v[12]$/),
      why: {},
    });
  });

  it("end what takes too much memory, and say so with limit and peak", async () => {
    const limits = { memoryBytes: 64 * MIB };
    const { ended, out } = await rig.run(eat(300), { limits });
    expect(out).toBe("");
    expect(ended).toMatchObject({ signal: 9, exceeded: { memory: { limit: 64 * MIB } } });
    const peak = ended.exceeded?.memory?.peak ?? 0;
    expect(peak).toBeGreaterThan(48 * MIB);
    expect(peak).toBeLessThanOrEqual(64 * MIB);
    expect((await rig.run(eat(20), { limits })).ended).toMatchObject({ code: 0 });
    expect((await rig.run(eat(300))).ended).toMatchObject({ code: 0 });
  });

  it("count for all of an attempt together, from its first moment, also outside its session", async () => {
    const limits = { memoryBytes: 96 * MIB };
    const half = "python3 -c 'kept = b\"x\" * (60 << 20); import time; time.sleep(1)'";
    const { ended } = await rig.run(`setsid ${half} & env -i PATH=$PATH setsid ${half} & wait; exit 3`, { limits });
    expect(ended).toMatchObject({ exceeded: { memory: { limit: 96 * MIB } } });
    const seen = await rig.run("cat /proc/self/cgroup", { limits });
    expect(seen.out).toContain("tributary-");
  });

  it("keep the arguments, the environment and a relative program as they are", async () => {
    const limits = { memoryBytes: 64 * MIB, pids: 100 };
    const { out } = await rig.run(["printf", "%s|", "a b", "", "--", "$x"], { limits });
    expect(out).toBe("a b||--|$x|");
    const { ended } = await rig.run(["no-such-program"], { limits });
    expect(ended).toMatchObject({ error: expect.stringContaining("no-such-program") });
  });

  it("stop a fork bomb, and leave the launcher and others alone", async () => {
    const other = rig.attempt("exec sleep 100");
    await rig.launcher.start(other);
    const bomb = rig.attempt("bomb() { bomb | bomb & }; bomb; sleep 100", { limits: { pids: 60 } });
    const told = await rig.launcher.start(bomb);
    const [group = ""] = "groups" in told ? (told.groups ?? []) : [];
    await until(() => /max [1-9]/.test(readFileSync(`${group}/pids.events`, "utf8")), "the bomb meets its limit");
    expect((await rig.run("exit 5")).ended).toMatchObject({ code: 5 });
    await rig.launcher.signal(bomb.id, "KILL");
    expect(await rig.end(bomb.id)).toMatchObject({ signal: 9, exceeded: { pids: { limit: 60 } } });
    expect(existsSync(group)).toBe(false);
    expect((await rig.launcher.hello()).live).toMatchObject([{ id: other.id }]);
  });

  it("find a daemon that left session, environment and parents behind", async () => {
    const neighbours = [rig.attempt("exec sleep 100"), rig.attempt("exec sleep 100", { limits: { pids: 50 } })];
    for (const neighbour of neighbours) await rig.launcher.start(neighbour);
    const hide = "env -i setsid sh -c '(trap \"\" TERM; echo $$ > daemon; exec sleep 100) &'";
    const { ended } = await rig.run(`${hide}; until [ -s daemon ]; do sleep 0.01; done; exit 4`, {
      limits: { pids: 50 },
    });
    expect(ended).toMatchObject({ code: 4 });
    expect(ended.left).toBeUndefined();
    expect(lives(Number(readFileSync(rig.path("daemon"), "utf8")))).toBe(false);
    expect((await rig.launcher.hello()).live).toHaveLength(2);
  });

  it("outlive the worker, and are removed with the attempt", async () => {
    const attempt = rig.attempt("until [ -e go ]; do sleep 0.01; done; exec python3 -c 'b\"x\" * (300 << 20)'", {
      limits: { memoryBytes: 64 * MIB, pids: 50 },
    });
    await rig.launcher.start(attempt);
    rig.launcher.close();
    const next = await rig.reopen();
    const hello = await next.hello();
    const [live] = hello.live;
    expect(live?.groups?.length).toBeGreaterThan(0);
    for (const group of live?.groups ?? []) expect(readdirSync(group)).toContain("cgroup.procs");
    writeFileSync(rig.path("go"), "");
    expect(await rig.end(attempt.id, next)).toMatchObject({ signal: 9, exceeded: { memory: { limit: 64 * MIB } } });
    for (const group of live?.groups ?? []) expect(existsSync(group)).toBe(false);
    for (const folder of hello.control?.folders ?? [])
      expect(readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())).toEqual([]);
  });

  it("serve one attempt after another, and none after one that met them", async () => {
    const limits = { pids: 30 };
    const groupOf = async (command: string) => {
      const attempt = rig.attempt(command, { limits });
      const told = await rig.launcher.start(attempt);
      const ended = await rig.end(attempt.id);
      return { ended, group: "groups" in told ? told.groups?.[0] : undefined };
    };
    const first = await groupOf("exit 0");
    expect(first.group).toMatch(/tributary-/);
    expect(await groupOf("exit 1")).toMatchObject({ group: first.group, ended: { code: 1 } });
    const greedy = await groupOf("for i in $(seq 60); do sleep 1 & done; exit 2");
    expect(greedy).toMatchObject({ group: first.group, ended: { exceeded: { pids: { limit: 30 } } } });
    const after = await groupOf("exit 3");
    expect(after.group).not.toBe(first.group);
    expect(after.ended.exceeded).toBeUndefined();
    const other = await rig.run(
      "cat $(awk -F: '/pids|^0:/ { print $3 }' /proc/self/cgroup | sed 's,^,/sys/fs/cgroup/pids,')/pids.max || :",
      {
        limits: { pids: 40 },
      },
    );
    expect(other.ended).toMatchObject({ code: 0 });
    expect(other.out).not.toBe("30\n");
  });

  it("are not those of whoever is started next, without any", async () => {
    const limited = rig.attempt("exec sleep 100", { limits: { pids: 5 } });
    const free = rig.attempt("for i in $(seq 20); do sleep 0.2 & done; wait; exit 4");
    await Promise.all([rig.launcher.start(limited), rig.launcher.start(free)]);
    expect(await rig.end(free.id)).toMatchObject({ code: 4 });
  });

  it("leave nothing behind when the launcher goes", async () => {
    const own = await Rig.open("python");
    const { control, pid } = await own.launcher.hello();
    await own.run("exit 0", { limits: { pids: 10 } });
    await own.launcher.shutdown();
    await until(() => !lives(pid), "the launcher leaves");
    for (const folder of control?.folders ?? []) expect(existsSync(folder)).toBe(false);
    await own.close();
  });

  it("are tidied up after a launcher that was killed, by the next one", async () => {
    const attempt = rig.attempt("exec sleep 100", { limits: { pids: 50, memoryBytes: 64 * MIB } });
    await rig.launcher.start(attempt);
    const { control, live, pid } = await rig.launcher.hello();
    process.kill(pid, "SIGKILL");
    await rig.launcher.gone;
    const next = await rig.reopen();
    process.kill(live[0]?.pid ?? 0, "SIGKILL");
    const groups = live[0]?.groups ?? [];
    expect(groups.length).toBeGreaterThan(0);
    await until(() => groups.every((group) => !existsSync(group)), "the groups of the dead go");
    expect((await next.hello()).control?.folders).toEqual(control?.folders);
  });
});

describe.each(kinds)("limits of the %s launcher", (kind) => {
  it("that make no sense are refused", async () => {
    const rig = await Rig.open(kind);
    const wrong = rig.attempt("true", { limits: { pids: 0 } });
    await expect(rig.launcher.start(wrong)).rejects.toThrow("limits must map names to whole numbers above 0");
    await rig.close();
  });
});
