import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { LogStream } from "@tributary/proto/tributary/v1/logs_pb";
import { AttemptOutcome, AttemptPhase } from "@tributary/proto/tributary/v1/tasks_pb";
import { describe, expect, test } from "vitest";
import { launcherSocket } from "../src/launcher-socket.ts";
import { textOf } from "./fixture-server.ts";
import { lives } from "./lives.ts";
import { useScene } from "./use-scene.ts";

const scene = useScene();
const shell = (value: string) => ({ command: { case: "shell" as const, value } });
const argv = (...words: string[]) => ({ command: { case: "argv" as const, value: { arguments: words } } });

describe("a run", () => {
  test("a shell command: phases, output, end, nothing left", async () => {
    const { server, worker } = start();
    const known = server.assign(shell("echo out; echo err >&2; printf partial"));
    expect(await server.ended(known)).toMatchObject({ outcome: AttemptOutcome.SUCCEEDED, exitCode: 0, logBytes: 15n });
    expect(textOf(known, LogStream.STDOUT)).toBe("out\npartial");
    expect(textOf(known, LogStream.STDERR)).toBe("err\n");
    expect(textOf(known, LogStream.WORKER)).toBe("");
    // It had nothing to wait for and nothing to prepare.
    const { RUNNING, ENDED } = AttemptPhase;
    expect(known.reports.map(({ phase }) => phase)).toEqual([RUNNING, ENDED]);
    await server.until("the folder to go", () => scene().attemptFolders().length === 0);
    expect(await worker.kill("SIGTERM")).toBe(0);
    await server.until("the launcher to go", () => !existsSync(launcherSocket(join(scene().folder, "launcher"))));
  });

  test("one with something to prepare tells each phase", async () => {
    const { server } = start();
    server.secrets.set("key", "a secret value");
    const known = server.assign({ ...shell("true"), secrets: [{ key: "key", injectAs: "KEY" }] });
    await server.ended(known);
    const { ACCEPTED, PREPARING, RUNNING, ENDED } = AttemptPhase;
    expect(known.reports.map(({ phase }) => phase)).toEqual([ACCEPTED, PREPARING, RUNNING, ENDED]);
  });

  test("a failure has its exit code and a line in the log", async () => {
    const { server } = start();
    const known = server.assign(shell("exit 7"));
    expect(await server.ended(known)).toMatchObject({ outcome: AttemptOutcome.FAILED, exitCode: 7, system: false });
    expect(textOf(known, LogStream.WORKER)).toMatch(/^Exit code 7 after \d+\.\d s\n$/);
  });

  test("a signal is told by its name", async () => {
    const { server } = start();
    const known = server.assign(shell("kill -KILL $$"));
    expect(await server.ended(known)).toMatchObject({ outcome: AttemptOutcome.FAILED, signal: "SIGKILL" });
    expect(textOf(known, LogStream.WORKER)).toContain("may have run out of memory");
  });

  test("one whose output cannot be read, as it removed its pipes, is ended and says so", async () => {
    const { server } = start();
    const known = server.assign(shell("rm ../out ../err; exec sleep 600"));
    const end = await server.ended(known);
    expect(end).toMatchObject({ outcome: AttemptOutcome.FAILED, system: true, reason: { code: "worker-fault" } });
    expect(end.reason?.message).toContain("ENOENT");
    await server.until("the folder to go", () => scene().attemptFolders().length === 0);
  });

  test("a program that does not exist", async () => {
    const { server } = start();
    const known = server.assign(argv("no-such-program", "x"));
    const end = await server.ended(known);
    expect(end).toMatchObject({ outcome: AttemptOutcome.FAILED, reason: { code: "exec-failed" } });
    expect(end.reason?.message).toContain("no-such-program");
    await server.until("the folder to go", () => scene().attemptFolders().length === 0);
  });

  test("output is kept byte for byte", async () => {
    const { server } = start();
    const bytes = "\\000\\r\\033[31m\\377\\n";
    const known = server.assign(argv("printf", bytes));
    await server.ended(known);
    expect(Buffer.concat(known.pieces.map(({ content }) => content)).toString("latin1")).toBe("\0\r\x1b[31m\xff\n");
  });

  test("an unfinished line shows before it ends", async () => {
    const { server } = start();
    const known = server.assign(shell("printf 'Name? '; sleep 30"));
    await server.until("the question", () => textOf(known) === "Name? ");
    server.cancel(known);
    await server.ended(known);
  });

  test("many at once", async () => {
    const { server } = start();
    const all = Array.from({ length: 60 }, (_, index) => server.assign(shell(`echo ${index}`)));
    for (const [index, known] of all.entries()) {
      expect(await server.ended(known)).toMatchObject({ outcome: AttemptOutcome.SUCCEEDED });
      expect(textOf(known)).toBe(`${index}\n`);
    }
  });

  test("no more than its slots run at a time, in order", async () => {
    const { server } = start(["--slots", "1"]);
    const first = server.assign(shell("echo $$; sleep 30"));
    const second = server.assign(shell("echo second"));
    await server.until("output", () => textOf(first) !== "");
    await server.reached(second, AttemptPhase.ACCEPTED);
    expect(second.reports.length).toBe(1);
    server.cancel(first);
    expect(await server.ended(second)).toMatchObject({ outcome: AttemptOutcome.SUCCEEDED });
  });
});

describe("a run that came ahead of its turn", () => {
  test("goes back when no place comes free soon, and nothing of it was begun", async () => {
    const { server } = start(["--slots", "1"]);
    const first = server.assign(shell("echo $$; sleep 30"));
    await server.until("output", () => textOf(first) !== "");
    const ahead = server.assign({ ...shell("echo ahead"), ahead: true });
    expect(await server.ended(ahead)).toMatchObject({ notBegun: true, reason: { code: "put-back" } });
    expect(ahead.reports.map(({ phase }) => phase)).toEqual([AttemptPhase.ENDED]);
    expect(textOf(ahead)).toBe("");
    server.cancel(first);
    await server.ended(first);
  });

  test("runs where there is a place", async () => {
    const { server } = start(["--slots", "1"]);
    const ahead = server.assign({ ...shell("echo ahead"), ahead: true });
    expect(await server.ended(ahead)).toMatchObject({ outcome: AttemptOutcome.SUCCEEDED, notBegun: false });
    expect(textOf(ahead)).toBe("ahead\n");
  });
});

describe("the environment of a process", () => {
  test("has what is set and nothing of the worker's", async () => {
    scene().server.secrets.set("db", "value-of-secret");
    const { server } = start([], {
      PRIVATE_OF_SERVER: "x",
      TRIBUTARY_TOKEN: "y",
      PIP_INDEX_URL: "z",
      TZ: "Asia/Tokyo",
    });
    const known = server.assign({
      ...argv("env"),
      variables: [
        { name: "MINE", value: "1 2" },
        { name: "LANG", value: "C" },
        { name: "BOTH", value: "variable" },
      ],
      secrets: [{ key: "db", injectAs: "BOTH" }],
    });
    await server.ended(known);
    const lines = textOf(known, LogStream.STDOUT).trim().split("\n");
    const env = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
    );
    expect(env).toMatchObject({
      MINE: "1 2",
      LANG: "C",
      BOTH: "***",
      TZ: "Asia/Tokyo",
      PYTHONUNBUFFERED: "1",
      TRIBUTARY_TASK_ID: "1",
    });
    expect(Object.keys(env)).not.toEqual(expect.arrayContaining(["PRIVATE_OF_SERVER"]));
    for (const name of ["PRIVATE_OF_SERVER", "TRIBUTARY_TOKEN", "PIP_INDEX_URL", "VITEST"])
      expect(env).not.toHaveProperty(name);
    expect(env).not.toHaveProperty("LC_CTYPE");
    expect(env.SHELL).toMatch(/^\/.*\/(ba)?sh$/);
    expect(env.HOME).toContain("/attempts/1-1/home");
    expect(env.TMPDIR).toContain("/attempts/1-1/tmp");
  });

  test("says that characters are UTF-8 where nothing says otherwise", async () => {
    const { server } = start([], { LANG: undefined, LC_ALL: undefined, LC_CTYPE: undefined });
    const known = server.assign(shell('echo "$LC_CTYPE:$LANG:$LC_ALL"; locale charmap'));
    await server.ended(known);
    expect(textOf(known, LogStream.STDOUT)).toBe("C.UTF-8::\nUTF-8\n");
  });
});

describe("ending a run early", () => {
  test("a time limit", async () => {
    const { server } = start();
    const known = server.assign({ ...shell("echo $$; sleep 60"), timeLimit: durationFromMs(600) });
    const end = await server.ended(known);
    expect(end).toMatchObject({ outcome: AttemptOutcome.TIMED_OUT, reason: { code: "timed-out" } });
    expect(end.reason?.message).toContain("0.6 s");
    expect(lives(Number.parseInt(textOf(known), 10))).toBe(false);
  });

  test("a cancel ends what ignores SIGTERM, and its children, before the end is told", async () => {
    const { server } = start();
    const known = server.assign({
      ...shell("trap '' TERM; (trap '' TERM; sleep 100 & echo $!; wait) & echo $$; sleep 100 & wait; sleep 100"),
      grace: durationFromMs(300),
    });
    await server.until("two numbers", () => textOf(known).trim().split("\n").length === 2);
    server.cancel(known);
    expect(await server.ended(known)).toMatchObject({ outcome: AttemptOutcome.CANCELLED, signal: "SIGKILL" });
    for (const pid of textOf(known, LogStream.STDOUT).trim().split("\n")) expect(lives(Number(pid))).toBe(false);
    expect(textOf(known, LogStream.WORKER)).toMatch(/^Cancelled after/);
  });

  test("a cancel while it waits for a slot", async () => {
    const { server } = start(["--slots", "1"]);
    const first = server.assign(shell("sleep 30"));
    const second = server.assign(shell("true"));
    await server.reached(first, AttemptPhase.RUNNING);
    await server.reached(second, AttemptPhase.ACCEPTED);
    server.cancel(second);
    expect(await server.ended(second)).toMatchObject({ outcome: AttemptOutcome.CANCELLED });
    server.cancel(first);
    await server.ended(first);
  });

  test.each(["readSecrets", "fetchInputs"] as const)("a cancel during %s", async (step) => {
    const { server } = start();
    server.secrets.set("key", "some value");
    const gate = Promise.withResolvers<void>();
    server.gates[step] = gate.promise;
    const known = server.assign({ ...shell("true"), hasInputs: true, secrets: [{ key: "key", injectAs: "KEY" }] });
    await server.reached(known, AttemptPhase.PREPARING);
    server.cancel(known);
    expect(await server.ended(known)).toMatchObject({ outcome: AttemptOutcome.CANCELLED });
    gate.resolve();
  });

  test("a cancel while files are stored", async () => {
    const { server } = start();
    const gate = Promise.withResolvers<void>();
    server.gates.storeArtifact = gate.promise;
    const known = server.assign({ ...shell("echo > file"), saveChangedFiles: true });
    await server.reached(known, AttemptPhase.COLLECTING);
    server.cancel(known);
    expect(await server.ended(known)).toMatchObject({ outcome: AttemptOutcome.CANCELLED });
    gate.resolve();
  });

  test("a revoked run is killed, removed and never reported", async () => {
    const { server } = start();
    const known = server.assign({ ...shell("echo $$; sleep 60"), grace: durationFromMs(200) });
    const pid = await server.until("its number", () => Number.parseInt(textOf(known), 10) || undefined);
    server.revoke(known);
    await server.until("the folder to go", () => scene().attemptFolders().length === 0);
    expect(lives(pid)).toBe(false);
    expect(known.end).toBeUndefined();
  });

  test("the death of the launcher: what it left is killed, then told as lost", async () => {
    const { server } = start();
    const known = server.assign(shell("setsid sleep 60 & echo $$ $!; sleep 60"));
    const text = await server.until("two numbers", () => /^\d+ \d+\n$/.test(textOf(known)) && textOf(known));
    const [pid, child] = text.trim().split(" ").map(Number);
    const launcher = Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
    process.kill(launcher, "SIGKILL");
    expect(await server.ended(known)).toMatchObject({ outcome: AttemptOutcome.LOST, system: true });
    for (const number of [pid, child]) expect(lives(number ?? 0)).toBe(false);
    const next = server.assign(shell("echo again"));
    expect(await server.ended(next)).toMatchObject({ outcome: AttemptOutcome.SUCCEEDED });
  });
});

function start(args: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
  return { server: scene().server, worker: scene().worker(args, env) };
}
