import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { LogStream } from "@tributary/proto/tributary/v1/logs_pb";
import { AttemptOutcome, AttemptPhase } from "@tributary/proto/tributary/v1/tasks_pb";
import { describe, expect, test } from "vitest";
import { readJournal } from "../src/journal.ts";
import { type KnownAttempt, textOf } from "./fixture-server.ts";
import { useScene } from "./use-scene.ts";

const scene = useScene();
const shell = (value: string) => ({ command: { case: "shell" as const, value } });

/** Counts from 1, a line each, every 20 ms. */
const counting = (last: number) => shell(`for i in $(seq ${last}); do echo $i; sleep 0.02; done`);
const countedTo = (last: number) => Array.from({ length: last }, (_, index) => `${index + 1}\n`).join("");
const lines = (known: KnownAttempt) => textOf(known, LogStream.STDOUT).split("\n").length - 1;

describe("without a server", () => {
  test("nothing is lost or repeated when it goes and comes back", async () => {
    const { server } = scene();
    scene().worker();
    const known = server.assign(counting(100));
    const quick = server.assign(shell("sleep 0.5; echo meanwhile; exit 3"));
    await server.until("output", () => lines(known) > 5);
    await server.stop();
    await server.until("the quick one's end", () => phasesOf("2-1").includes(AttemptPhase.RUNNING));
    await new Promise((resolve) => setTimeout(resolve, 800));
    await server.start();
    expect(await server.ended(quick)).toMatchObject({ outcome: AttemptOutcome.FAILED, exitCode: 3 });
    expect(textOf(quick, LogStream.STDOUT)).toBe("meanwhile\n");
    expect(await server.ended(known)).toMatchObject({ outcome: AttemptOutcome.SUCCEEDED });
    expect(textOf(known)).toBe(countedTo(100));
    expect(server.registrations.at(-1)?.held.length).toBe(2);
  });

  test("a server that fails at random moments", async () => {
    const { server } = scene();
    scene().worker();
    const all = [1, 2, 3].map(() => server.assign(counting(120)));
    for (let round = 0; round < 6; round++) {
      const before = server.appends;
      await server.until("output", () => server.appends > before + 2);
      await server.stop();
      await server.start();
    }
    for (const known of all) {
      expect(await server.ended(known, 30_000)).toMatchObject({ outcome: AttemptOutcome.SUCCEEDED });
      expect(textOf(known)).toBe(countedTo(120));
    }
  }, 60_000);

  test("it ends when it has had neither attempts nor a server for long enough", async () => {
    const { server } = scene();
    const worker = scene().worker(["--idle-exit", "1"]);
    const known = server.assign(shell("true"));
    await server.ended(known);
    await server.until("the folder to go", () => scene().attemptFolders().length === 0);
    await server.stop();
    expect(await worker.exited).toBe(0);
    expect(worker.said()).toContain("neither a server nor attempts");
  });

  test("it ends when nothing is left but to tell a server, and the next one tells", async () => {
    const { server } = scene();
    const worker = scene().worker(["--idle-exit", "1"]);
    const known = server.assign(shell("sleep 0.5; echo said; exit 3"));
    await server.reached(known, AttemptPhase.RUNNING);
    await server.stop();
    expect(await worker.exited).toBe(0);
    await server.start();
    scene().worker();
    expect(await server.ended(known)).toMatchObject({ outcome: AttemptOutcome.FAILED, exitCode: 3 });
    expect(textOf(known, LogStream.STDOUT)).toBe("said\n");
    expect(known.reports.filter(({ phase }) => phase === AttemptPhase.ENDED)).toHaveLength(1);
  });

  test("it goes on when nobody reads what it says", async () => {
    const { server } = scene();
    const worker = scene().worker();
    await server.until("a registration", () => server.registrations.length > 0);
    worker.child.stdout?.destroy();
    worker.child.stderr?.destroy();
    await server.stop();
    await new Promise((resolve) => setTimeout(resolve, 300));
    await server.start();
    const known = server.assign(shell("true"));
    expect(await server.ended(known)).toMatchObject({ outcome: AttemptOutcome.SUCCEEDED });
  });

  test("it stays while an attempt runs", async () => {
    const { server } = scene();
    const worker = scene().worker(["--idle-exit", "1"]);
    const known = server.assign(shell("sleep 2.5"));
    await server.reached(known, AttemptPhase.RUNNING);
    await server.stop();
    await new Promise((resolve) => setTimeout(resolve, 1_800));
    expect(worker.child.exitCode).toBe(null);
    await server.start();
    await server.ended(known);
  });
});

describe("a worker that goes and comes back", () => {
  test.each(["SIGKILL", "SIGTERM"] as const)("%s in mid-attempt: the next one adopts it", async (signal) => {
    const { server } = scene();
    const worker = scene().worker();
    const known = server.assign(counting(100));
    await server.until("output", () => lines(known) > 5);
    await worker.kill(signal);
    const next = scene().worker();
    expect(await server.ended(known)).toMatchObject({ outcome: AttemptOutcome.SUCCEEDED });
    expect(textOf(known)).toBe(countedTo(100));
    const { RUNNING, ENDED } = AttemptPhase;
    expect(known.reports.map(({ phase }) => phase)).toEqual([RUNNING, ENDED]);
    expect(server.registrations.at(-1)?.workerId).toBe(server.registrations[0]?.workerId);
    await server.until("the folder to go", () => scene().attemptFolders().length === 0);
    expect(await next.kill("SIGTERM")).toBe(0);
  });

  test("killed again and again under a flood: nothing is repeated, and at most one read a time is lost", async () => {
    const { server } = scene();
    let worker = scene().worker();
    const kills = 5;
    const known = server.assign(
      shell("for i in $(seq 20000); do echo line number $i of the flood; done; sleep 1; printf end"),
    );
    for (let round = 0; round < kills; round++) {
      const before = server.appends;
      await server.until("output", () => server.appends > before || known.end);
      await worker.kill("SIGKILL");
      worker = scene().worker();
    }
    expect(await server.ended(known)).toMatchObject({ outcome: AttemptOutcome.SUCCEEDED });
    const got = textOf(known).split("\n");
    expect(got.pop()).toBe("end");
    const numbers = got.map((line) => Number(/^line number (\d+) of the flood$/.exec(line)?.[1]));
    const jumps = numbers.filter((number, index) => number !== (numbers[index - 1] ?? 0) + 1);
    expect(numbers.every((number, index) => number > (numbers[index - 1] ?? 0))).toBe(true);
    expect(jumps.length).toBeLessThanOrEqual(kills);
    expect(20_000 - numbers.length).toBeLessThanOrEqual((kills * 65_536) / 26);
  }, 120_000);

  test("killed while the server is away and the pipes are full: the output is whole", async () => {
    const { server } = scene();
    const worker = scene().worker();
    const known = server.assign(shell("echo first; seq 3000000; echo last"));
    const gate = Promise.withResolvers<void>();
    server.gates.appendLog = gate.promise;
    await server.reached(known, AttemptPhase.RUNNING);
    await standsStill(() => spoolBytes("1-1"));
    expect(spoolBytes("1-1")).toBeLessThan(12 << 20);
    const status = readFileSync(`/proc/${worker.child.pid}/status`, "utf8");
    expect(Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1])).toBeLessThan(300_000);
    await worker.kill("SIGKILL");
    gate.resolve();
    delete server.gates.appendLog;
    scene().worker();
    expect(await server.ended(known, 30_000)).toMatchObject({ outcome: AttemptOutcome.SUCCEEDED });
    const whole = `first\n${Array.from({ length: 3_000_000 }, (_, index) => `${index + 1}\n`).join("")}last\n`;
    const text = textOf(known);
    expect(text.length).toBe(whole.length);
    expect(text === whole).toBe(true);
  }, 60_000);

  test("what ended while no worker was there is told by the next one", async () => {
    const { server } = scene();
    const worker = scene().worker();
    const known = server.assign(shell("echo before; sleep 0.5; echo after; exit 5"));
    await server.until("output", () => textOf(known) === "before\n");
    await worker.kill("SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, 800));
    scene().worker();
    expect(await server.ended(known)).toMatchObject({ outcome: AttemptOutcome.FAILED, exitCode: 5 });
    expect(textOf(known, LogStream.STDOUT)).toBe("before\nafter\n");
  });

  test("a time limit goes on where it was", async () => {
    const { server } = scene();
    const worker = scene().worker();
    const known = server.assign({ ...shell("sleep 60"), timeLimit: durationFromMs(12_000) });
    await server.reached(known, AttemptPhase.RUNNING);
    await worker.kill("SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    const before = performance.now();
    scene().worker();
    expect(await server.ended(known, 30_000)).toMatchObject({ outcome: AttemptOutcome.TIMED_OUT });
    // Anew, it would be twelve seconds.
    expect(performance.now() - before).toBeLessThan(11_500);
  });

  test("killed while it prepares: the next one prepares anew", async () => {
    const { server } = scene();
    const gate = Promise.withResolvers<void>();
    server.gates.fetchInputs = gate.promise;
    const worker = scene().worker();
    const known = server.assign({ ...shell("echo once"), hasInputs: true });
    await server.reached(known, AttemptPhase.PREPARING);
    await worker.kill("SIGKILL");
    gate.resolve();
    scene().worker();
    expect(await server.ended(known)).toMatchObject({ outcome: AttemptOutcome.SUCCEEDED });
    expect(textOf(known, LogStream.STDOUT)).toBe("once\n");
  });

  test("killed before the end was taken: it is told once more, and only once taken", async () => {
    const { server } = scene();
    const worker = scene().worker();
    const gate = Promise.withResolvers<void>();
    const known = server.assign(shell("echo x"));
    server.gates.report = gate.promise;
    await server.until("its end in the journal", () => phasesOf("1-1").includes(AttemptPhase.ENDED));
    await worker.kill("SIGKILL");
    gate.resolve();
    scene().worker();
    expect(await server.ended(known)).toMatchObject({ outcome: AttemptOutcome.SUCCEEDED });
    expect(textOf(known)).toBe("x\n");
    await server.until("the folder to go", () => scene().attemptFolders().length === 0);
  });
});

describe("orders", () => {
  test("an assignment that is here already is ignored", async () => {
    const { server } = scene();
    scene().worker();
    const runs = join(scene().root, "runs");
    const known = server.assign(shell(`echo once | tee -a ${runs}; sleep 0.3`));
    await server.reached(known, AttemptPhase.RUNNING);
    server.order({ case: "assign", value: known.assignment });
    await server.ended(known);
    await server.until("the folder to go", () => scene().attemptFolders().length === 0);
    server.order({ case: "assign", value: known.assignment });
    const next = server.assign(shell("echo next"));
    await server.ended(next);
    expect(textOf(known)).toBe("once\n");
    expect(readFileSync(runs, "utf8")).toBe("once\n");
  });

  test("what the server has taken away while it was gone is killed at registration", async () => {
    const { server } = scene();
    server.leaseMs = 300;
    scene().worker();
    const known = server.assign(shell("sleep 60"));
    await server.reached(known, AttemptPhase.RUNNING);
    // All that it reported is answered, so nothing but the registration can tell it.
    const before = server.heartbeats;
    await server.until("heartbeats", () => server.heartbeats > before + 1);
    await server.stop();
    known.revoked = true;
    await server.start();
    await server.until("the folder to go", () => scene().attemptFolders().length === 0);
    expect(known.end).toBeUndefined();
  });

  test("what the server has taken away meanwhile is killed by the next worker", async () => {
    const { server } = scene();
    const worker = scene().worker();
    const known = server.assign(shell("sleep 60"));
    await server.reached(known, AttemptPhase.RUNNING);
    await worker.kill("SIGKILL");
    known.revoked = true;
    scene().worker();
    await server.until("the folder to go", () => scene().attemptFolders().length === 0);
    expect(known.end).toBeUndefined();
  });

  test("drain: it ends once its attempts have", async () => {
    const { server } = scene();
    const worker = scene().worker();
    const known = server.assign(shell("sleep 0.5; echo done"));
    await server.reached(known, AttemptPhase.RUNNING);
    server.order({ case: "drain", value: { $typeName: "tributary.v1.Drain" } });
    expect(await worker.exited).toBe(0);
    expect(known.end).toMatchObject({ outcome: AttemptOutcome.SUCCEEDED });
  });

  test("heartbeats come three times a lease", async () => {
    const { server } = scene();
    server.leaseMs = 300;
    scene().worker();
    const before = performance.now();
    await server.until("five heartbeats", () => server.heartbeats >= 5);
    expect(performance.now() - before).toBeLessThan(5_000);
  });
});

describe("over TCP", () => {
  test("with its token", async () => {
    const { server } = scene();
    await server.stop();
    await server.start({ tcp: true });
    scene().worker([], { TRIBUTARY_TOKEN: "secret-token" });
    const known = server.assign(shell("echo hello"));
    await server.ended(known);
    expect(textOf(known)).toBe("hello\n");
    expect(server.authorization).toBe("Bearer secret-token");
  });
});

describe("one folder", () => {
  test("a second worker is refused", async () => {
    const { server } = scene();
    scene().worker();
    await server.until("a registration", () => server.registrations.length > 0);
    const second = scene().worker();
    expect(await second.exited).toBe(3);
    expect(second.said()).toContain("another worker (process");
  });
});

/** What the journal of an attempt says that it came through. */
function phasesOf(key: string): readonly AttemptPhase[] {
  return readJournal(join(scene().folder, "attempts", key))?.reports.map(({ phase }) => phase) ?? [];
}

/** Waits until a size that was seen to grow does so no more. */
async function standsStill(size: () => number): Promise<void> {
  let [before, quiet] = [0, 0];
  await scene().server.until("a spool that grows no more", () => {
    const now = size();
    quiet = now === before && now > 0 ? quiet + 1 : 0;
    before = now;
    return quiet > 6;
  });
}

function spoolBytes(key: string): number {
  const folder = join(scene().folder, "attempts", key);
  const names = readdirSync(folder).filter((name) => name.startsWith("log-"));
  return names.reduce((sum, name) => sum + readFileSync(join(folder, name)).length, 0);
}
