import { readFileSync } from "node:fs";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readScope } from "../../src/launcher/scope.ts";
import { kinds, linux, Rig } from "./rig.ts";

describe.each(kinds)("starting an attempt with the %s launcher", (kind) => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await Rig.open(kind);
  });
  afterAll(() => rig.close());

  it("tells the exit code", async () => {
    const { ended, out, err } = await rig.run("echo to out; echo to err >&2; exit 7");
    expect(ended).toMatchObject({ code: 7, pid: expect.any(Number), startTime: expect.any(Number) });
    expect({ out, err }).toEqual({ out: "to out\n", err: "to err\n" });
    expect(ended.endedAt).toBeGreaterThanOrEqual(ended.startedAt ?? Number.NaN);
    expect(ended.left).toBeUndefined();
  });

  it("tells the signal", async () => {
    expect((await rig.run("kill -SEGV $$")).ended).toMatchObject({ signal: 11 });
  });

  it("takes one pipe for both outputs", async () => {
    const attempt = rig.attempt("echo one; echo two >&2");
    expect(await rig.run(attempt.argv, { err: attempt.out, out: attempt.out })).toMatchObject({ out: "one\ntwo\n" });
  });

  it("gives the environment that it was told, and its marks", async () => {
    const { out, ended } = await rig.run(["/usr/bin/env"], { env: { A: "1", "ä b": "x=y\nz" } });
    const scope = await readScope(rig.folder);
    const expected = ["A=1", "ä b=x=y\nz", `TRIBUTARY_ATTEMPT=${ended.id}`, `TRIBUTARY_LAUNCHER=${scope}`];
    const text = Buffer.from(out, "latin1").toString("utf8");
    for (const pair of expected) expect(text).toContain(`${pair}\n`);
    expect(text.length).toBe(expected.join("\n").length + 1);
  });

  it.runIf(linux)("gives an empty stdin, two pipes and no other descriptor", async () => {
    const { out, ended } = await rig.run(["ls", "-l", "/proc/self/fd"]);
    const types = [...out.matchAll(/ (\d+) -> (.*)/g)].map(([, fd, file]) => [fd, file?.replace(/\/proc.*/, "itself")]);
    const paths = [rig.path(`${ended.id}.out`), rig.path(`${ended.id}.err`)];
    expect(types).toEqual([
      ["0", "/dev/null"],
      ["1", paths[0]],
      ["2", paths[1]],
      ["3", "itself"],
    ]);
    expect((await rig.run("cat; echo end")).out).toBe("end\n");
  });

  it.runIf(linux)("gives a session and a group of its own, and no ignored or blocked signals", async () => {
    const { ended, out } = await rig.run(["cat", "/proc/self/stat", "/proc/self/status"]);
    const [, , , , group, session] = out.split(" ");
    expect([group, session]).toEqual([`${ended.pid}`, `${ended.pid}`]);
    // Signals 32 and above are the C library's own.
    const masks = [...out.matchAll(/Sig(?:Blk|Ign):\t(\w+)/g)].map(([, mask]) => Number(`0x${mask}`) % 2 ** 31);
    expect(masks).toEqual([0, 0]);
    const startTime = out.split("\n")[0]?.replace(/.*\)/, "").split(" ")[20];
    expect(`${ended.startTime}`).toBe(startTime);
  });

  it("searches the program in the attempt's PATH and starts in its folder", async () => {
    await mkdir(rig.path("bin"));
    await writeFile(rig.path("bin/mine"), "#!/bin/sh\necho mine in $(pwd): $1", { mode: 0o755 });
    expect((await rig.run(["mine", "a b"], { env: { PATH: "bin:/bin:/usr/bin" } })).out).toBe(
      `mine in ${rig.folder}: a b\n`,
    );
    await writeFile(rig.path("plain"), "echo no first line", { mode: 0o755 });
    expect((await rig.run(["./plain"])).out).toBe("no first line\n");
  });

  it.each([
    [["no-such-program"], /cannot start "no-such-program": not found in PATH \(.*bin\)/],
    [["./no-such-file"], /cannot start ".\/no-such-file": no such file/i],
    [["./not-executable"], /cannot start ".\/not-executable": permission denied/i],
    [["not-executable"], /cannot start "not-executable": found in PATH, but it is not executable/i],
    [["sh", "nul\0byte"], /cannot start "sh": .*null byte/i],
  ])("tells why %j cannot be started", async (argv, reason) => {
    await writeFile(rig.path("not-executable"), "");
    await chmod(rig.path("not-executable"), 0o644);
    const { ended, out, err } = await rig.run(argv, { env: { PATH: `${rig.folder}:/bin` } });
    expect(ended).toMatchObject({ error: expect.stringMatching(reason) });
    expect(ended.pid).toBeUndefined();
    expect(out + err).toBe("");
  });

  it("tells that the working directory or a pipe cannot be used", async () => {
    const { ended } = await rig.run("true", { cwd: "/no/such/folder" });
    expect(ended).toMatchObject({
      error: expect.stringMatching(/working directory "\/no\/such\/folder": no such file/i),
    });
    const attempt = rig.attempt("true", { out: "/no/such/folder/out" });
    expect(await rig.launcher.start(attempt)).toMatchObject({ error: expect.stringMatching(/pipe/) });
    await writeFile(rig.path("file"), "kept");
    const other = rig.attempt("true", { out: rig.path("file") });
    expect(await rig.launcher.start(other)).toMatchObject({ error: expect.stringMatching(/file: File exists/i) });
    await Promise.all([attempt, other].map(({ id }) => rig.launcher.forget(id)));
    expect(readFileSync(rig.path("file"), "utf8")).toBe("kept");
  });

  it("refuses what has the wrong shape, and names the field", async () => {
    await expect(rig.launcher.start(rig.attempt([]))).rejects.toThrow(/argv must/);
    await expect(rig.launcher.start(rig.attempt("true", { cwd: "here" }))).rejects.toThrow(/cwd must be an absolute/);
    await expect(rig.launcher.start(rig.attempt("true", { id: "" }))).rejects.toMatchObject({ code: "refused" });
    expect((await rig.launcher.hello()).live).toEqual([]);
  });

  it("starts an id once, until it is forgotten", async () => {
    const attempt = rig.attempt("echo x >> count");
    const first = await rig.launcher.start(attempt);
    expect(await rig.launcher.start(attempt)).toMatchObject({ id: attempt.id, pid: "pid" in first ? first.pid : 0 });
    const ended = await rig.end(attempt.id);
    expect(await rig.launcher.start(attempt)).toEqual(ended);
    await rig.launcher.forget(attempt.id);
    await rig.launcher.forget(attempt.id);
    expect((await rig.launcher.hello()).ended).toEqual([]);
    expect((await rig.run("cat count")).out).toBe("x\n");
  });

  it("refuses to forget an attempt that lives", async () => {
    const attempt = rig.attempt("sleep 100");
    await rig.launcher.start(attempt);
    await expect(rig.launcher.forget(attempt.id)).rejects.toThrow(`attempt ${attempt.id} has not ended`);
    await expect(rig.launcher.shutdown()).rejects.toThrow("1 attempts live, and 0 ends are not forgotten");
    expect(await rig.launcher.signal(attempt.id, "KILL")).toBe(true);
    await rig.end(attempt.id);
    expect(await rig.launcher.signal(attempt.id, "KILL")).toBe(false);
    expect(await rig.launcher.signal("unknown", "TERM")).toBe(false);
    await expect(rig.launcher.shutdown()).rejects.toThrow("0 attempts live, and 1 ends are not forgotten");
    await rig.launcher.forget(attempt.id);
  });

  it("starts 200 in quick succession", async () => {
    const attempts = Array.from({ length: 200 }, () => rig.attempt(["true"]));
    const began = performance.now();
    const ends = rig.launcher.ends(AbortSignal.timeout(55_000));
    const starts = attempts.map((attempt) => rig.launcher.start(attempt));
    const codes = new Map<string, unknown>();
    for await (const ended of ends) {
      codes.set(ended.id, "code" in ended ? ended.code : ended);
      if (codes.size === attempts.length) break;
    }
    console.log(`${kind}: ${Math.round(200 / ((performance.now() - began) / 1000))} starts to ends a second`);
    expect(new Set(codes.values())).toEqual(new Set([0]));
    expect(await Promise.all(starts)).toHaveLength(200);
    await Promise.all(attempts.map(({ id }) => rig.launcher.forget(id)));
    await rig.launcher.shutdown();
    expect(await rig.launcher.gone).toEqual({ why: "closed" });
  }, 60_000);
});
