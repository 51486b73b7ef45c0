import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "node:tls";
import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { expireLeases } from "#core/dispatch/expire-leases.ts";
import type { Tx } from "#core/ports/store.ts";
import { releaseDueTasks } from "#core/tasks/release-due-tasks.ts";
import type { Attempt } from "#core/tasks/task.ts";
import { type ManualClock, manualClock } from "#test/manual-clock.ts";
import { ScitqStub, ScitqWorker, type WireTask } from "#test/scitq-worker.ts";
import { type AppServer, startApp } from "./app/app-server.ts";

const patient = { timeout: 20_000 };

let clock: ManualClock;
let server: AppServer;
let stubs: ScitqStub[];
let stub: ScitqStub;

beforeEach(async () => {
  clock = manualClock();
  server = await startApp({ logLevel: "error", changes: { clock } });
  stubs = [];
  stub = another();
});
afterEach(async () => {
  for (const one of stubs) one.close();
  expect(server.log).toEqual([]);
  await server.close();
});

/** Another program of scitq's: with a connection of its own. */
function another(): ScitqStub {
  const made = new ScitqStub(server.port);
  stubs.push(made);
  return made;
}

/** Time passes, and the loops of a server look. */
async function pass(milliseconds: number): Promise<void> {
  clock.advance(milliseconds);
  await expireLeases(server.inside.ports);
  await releaseDueTasks(server.inside.ports);
}

const ids = (tasks: readonly WireTask[]) => tasks.map(({ task_id }) => task_id);

async function refusal(call: Promise<unknown>): Promise<{ code: number; details: string } | undefined> {
  return call.then(
    () => undefined,
    // This library leaves some characters escaped.
    ({ code, details }: { code: number; details: string }) => ({ code, details: decodeURIComponent(details) }),
  );
}

function attempts(taskId: number): Promise<readonly Attempt[]> {
  const refs = [1, 2, 3, 4, 5].map((number) => ({ taskId, number }));
  return server.inside.ports.store.transact((tx: Tx) => tx.attempts.getMany(refs), undefined);
}

/** A task that a new worker has accepted. */
async function accepted(name: string, via = another()): Promise<{ id: number; number: number; via: ScitqStub }> {
  const id = await via.submit("true");
  const { worker_id: number } = await via.register(name, 1);
  expect(ids((await via.ping(number)).tasks)).toEqual([id]);
  expect(await via.status(id, "C")).toBe(true);
  return { id, number, via };
}

describe("1: the connection", () => {
  it("is TLS with ALPN h2, and asks for no token", async () => {
    const protocol = await new Promise((resolve, reject) => {
      const socket = connect({ port: server.port, rejectUnauthorized: false, ALPNProtocols: ["h2"] }, () => {
        resolve(socket.alpnProtocol);
        socket.destroy();
      });
      socket.once("error", reject);
    });
    expect(protocol).toBe("h2");
    expect(await stub.register("w", 3)).toEqual({ worker_id: 1 });
  });

  it("asks for a token where the server does, and takes a worker's or an editor's", async () => {
    const strict = await startApp({ logLevel: "error", auth: "required" });
    const anonymous = new ScitqStub(strict.port);
    try {
      expect(await refusal(anonymous.register("w", 1))).toMatchObject({ code: status.UNAUTHENTICATED });
    } finally {
      anonymous.close();
      await strict.close();
    }
  });
});

describe("2: RegisterWorker", () => {
  it("knows a worker by its name, keeps its first concurrency, and numbers are never given twice", async () => {
    expect(await stub.register("a", 3)).toEqual({ worker_id: 1 });
    expect(await stub.register("b", 1)).toEqual({ worker_id: 2 });
    expect(await another().register("a", 7)).toEqual({ worker_id: 1 });
    expect((await stub.ping(1)).concurrency).toBe(3);
    expect(await stub.workers()).toEqual([
      { worker_id: 1, name: "a", concurrency: 3 },
      { worker_id: 2, name: "b", concurrency: 1 },
    ]);
  });

  it("ends what a worker that registers again had begun as lost, and queues again what it was only assigned", async () => {
    const begun = await stub.submit("begun");
    const only = await stub.submit("only assigned");
    const { worker_id } = await stub.register("w", 2);
    expect(ids((await stub.ping(worker_id)).tasks)).toEqual([begun, only]);
    await stub.status(begun, "C");
    await stub.register("w", 2);
    expect((await stub.list()).map(({ status: letter }) => letter)).toEqual(["W", "P"]);
    expect(await attempts(begun)).toMatchObject([{ outcome: "lost", reason: { message: "Its worker w began anew" } }]);
    expect(await attempts(only)).toMatchObject([{ outcome: "cancelled", reason: { code: "put-back" } }]);
    const tasks = await server.inside.ports.store.view.getTasks([begun, only]);
    // Its own budget is untouched: another try is spent where it had begun alone.
    expect(tasks.map(({ systemFailures }) => systemFailures)).toEqual([1, 0]);
    await pass(1_000);
    expect(ids((await stub.ping(worker_id)).tasks)).toEqual([begun, only]);
  });

  it("spends the same budget as silence does: the fourth loss is the last", async () => {
    const { id, number } = await accepted("w", stub);
    for (let n = 1; n <= 3; n += 1) {
      await stub.register("w", 1);
      await pass(10_000);
      expect(ids((await stub.ping(number)).tasks)).toEqual([id]);
      expect(await stub.status(id, "C")).toBe(true);
    }
    await stub.register("w", 1);
    expect(await stub.letter(id)).toBe("F");
    expect((await attempts(id)).map(({ outcome }) => outcome)).toEqual(["lost", "lost", "lost", "lost"]);
  });

  it.each([
    ["", 1, "name: has 0 characters"],
    ["x".repeat(257), 1, "name: has 257 characters"],
    ["a\0b", 1, "name: contains a control character"],
    ["w", undefined, "concurrency: is missing"],
    ["w", 0, "concurrency: 0 is not"],
    ["w", 10_001, "concurrency: 10001 is not"],
    ["w", 4_294_967_295, "concurrency: 4294967295 is not"],
  ])("refuses the name %j with the concurrency %s", async (name, concurrency, message) => {
    const refused = await refusal(stub.register(name, concurrency));
    expect(refused).toMatchObject({ code: status.INVALID_ARGUMENT });
    expect(refused?.details).toContain(message);
    expect(await stub.workers()).toEqual([]);
  });
});

describe("3: PingAndTakeNewTasks", () => {
  it("assigns at the ping, oldest first, as many as are free, and tells all of them until they are accepted", async () => {
    const all = [
      await stub.submit("1"),
      await stub.submit("2", "bare"),
      await stub.submit("3"),
      await stub.submit("4"),
    ];
    const { worker_id } = await stub.register("w", 3);
    const first = await stub.ping(worker_id);
    expect(first).toEqual({
      tasks: [1, 2, 3].map((n) => ({ task_id: all[n - 1], command: `${n}`, container: "bare", status: "A" })),
      concurrency: 3,
    });
    expect((await stub.ping(worker_id)).tasks).toEqual(first.tasks);
    for (const letter of ["C", "D", "O", "R", "U"]) {
      expect(await stub.status(all[0]!, letter)).toBe(true);
      expect(ids((await stub.ping(worker_id)).tasks)).toEqual([all[1], all[2]]);
    }
    expect(await stub.status(all[0]!, "S")).toBe(true);
    expect(ids((await stub.ping(worker_id)).tasks)).toEqual([all[1], all[2], all[3]]);
    expect((await stub.list()).map(({ status: letter }) => letter)).toEqual(["S", "A", "A", "A"]);
  });

  it("gives each of two workers tasks of its own", async () => {
    for (let n = 0; n < 6; n += 1) await stub.submit(`${n}`);
    const [a, b] = [await stub.register("a", 3), await another().register("b", 3)];
    const [first, second] = await Promise.all([stub.ping(a.worker_id), stub.ping(b.worker_id)]);
    expect(new Set([...ids(first.tasks), ...ids(second.tasks)])).toEqual(new Set([1, 2, 3, 4, 5, 6]));
    expect([first.tasks.length, second.tasks.length]).toEqual([3, 3]);
  });

  it("gives no task of another dialect", async () => {
    const { store } = server.inside.ports;
    const { addTasks, sampleTask } = await import("#test/conformance/store-samples.ts");
    await addTasks(store, [sampleTask(900, { dialect: "ame", demand: {} })]);
    const { worker_id } = await stub.register("w", 3);
    expect((await stub.ping(worker_id)).tasks).toEqual([]);
  });

  it("refuses a number that no worker has, and that of a worker that is told otherwise", async () => {
    expect(await refusal(stub.ping(77))).toEqual({
      code: status.NOT_FOUND,
      details: "worker_id: there is no worker 77; register it",
    });
    expect(await refusal(stub.ping(0))).toMatchObject({ code: status.NOT_FOUND });
    expect(await refusal(stub.ping(4_294_967_295))).toMatchObject({ code: status.NOT_FOUND });
    const { store } = server.inside.ports;
    const { sampleWorker } = await import("#test/conformance/store-samples.ts");
    await store.transact((tx: Tx) => tx.workers.put([sampleWorker("ours5")]), undefined);
    expect(await refusal(stub.ping(5))).toMatchObject({ code: status.FAILED_PRECONDITION });
  });
});

describe("4: accepting", () => {
  it("is allowed once, and only while the task is assigned", async () => {
    const id = await stub.submit("x");
    expect(await stub.status(id, "C")).toBe(false);
    const { worker_id } = await stub.register("w", 1);
    await stub.ping(worker_id);
    // Many at once: one of them is the worker's.
    const answers = await Promise.all(Array.from({ length: 20 }, () => stub.status(id, "C")));
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await stub.status(id, "C")).toBe(false);
    await stub.status(id, "S");
    expect(await stub.status(id, "C")).toBe(false);
    expect(await stub.letter(id)).toBe("S");
  });

  it("of an unknown task, or one that is no task of TaskQueue, is not allowed", async () => {
    expect(await stub.status(4_000_000_000, "C")).toBe(false);
    const { addTasks, sampleTask } = await import("#test/conformance/store-samples.ts");
    await addTasks(server.inside.ports.store, [sampleTask(900, { dialect: "ame" })]);
    expect(await stub.status(900, "C")).toBe(false);
    expect(await refusal(stub.status(900, "S"))).toMatchObject({ code: status.NOT_FOUND });
    expect(await refusal(stub.status(4_000_000_000, "S"))).toEqual({
      code: status.NOT_FOUND,
      details: "task_id: TaskQueue has no task 4000000000",
    });
  });

  it("by two workers of the same task: one runs it", async () => {
    const id = await stub.submit("x");
    const thief = another();
    const [a, b] = [await stub.register("a", 1), await thief.register("b", 1)];
    await stub.ping(a.worker_id);
    await thief.ping(b.worker_id);
    const answers = await Promise.all([stub.status(id, "C"), thief.status(id, "C")]);
    expect(answers.filter(Boolean)).toHaveLength(1);
  });

  it("a task is not handed out after it was accepted, also when pings overlap its end", async () => {
    const id = await stub.submit("x");
    const { worker_id } = await stub.register("w", 1);
    await stub.ping(worker_id);
    const [, answer] = await Promise.all([stub.status(id, "C"), stub.ping(worker_id), stub.status(id, "S")]);
    expect(answer.tasks.length).toBeLessThanOrEqual(1);
    await stub.status(id, "S");
    expect((await stub.ping(worker_id)).tasks).toEqual([]);
    expect(await stub.status(id, "C")).toBe(false);
    expect(await attempts(id)).toHaveLength(1);
  });
});

describe("5: SendTaskLogs", () => {
  it("keeps each message on receipt, with the stream still open", async () => {
    const { id, via } = await accepted("w");
    const { stream, ack } = via.logs();
    stream.write({ task_id: id, log_type: "stdout", log_text: "one" });
    await vi.waitFor(
      async () => expect((await via.output(id)).map(({ log_text }) => log_text)).toEqual(["one"]),
      patient,
    );
    stream.write({ task_id: id, log_type: "O", log_text: "two" });
    stream.end();
    expect(await ack).toEqual({ success: true });
    expect((await via.output(id)).map(({ log_text }) => log_text)).toEqual(["one", "two"]);
  });

  it("takes a stream that is taken back as one that has ended", async () => {
    const { id, via } = await accepted("w");
    const { stream } = via.logs();
    stream.write({ task_id: id, log_type: "stdout", log_text: "kept" });
    await vi.waitFor(async () => expect(await via.output(id)).toHaveLength(1), patient);
    stream.write({ task_id: id, log_type: "stdout", log_text: "kept too" });
    await sleep(50);
    stream.cancel();
    await vi.waitFor(async () => expect(await via.output(id)).toHaveLength(2), patient);
    expect(await via.status(id, "S")).toBe(true);
  });

  it("answers an empty stream, and one of several tasks", async () => {
    expect(await stub.sendLogs()).toEqual({ success: true });
    const [a, b] = [await accepted("a"), await accepted("b")];
    const acked = await stub.sendLogs(
      { task_id: a.id, log_text: "a1" },
      { task_id: b.id, log_text: "b1", log_type: "stderr" },
      { task_id: a.id, log_text: "a2" },
    );
    expect(acked).toEqual({ success: true });
    expect((await stub.output(a.id)).map(({ log_text }) => log_text)).toEqual(["a1", "a2"]);
    expect(await stub.output(b.id, { stderr: "true" })).toEqual([
      { task_id: b.id, log_type: "stderr", log_text: "b1" },
    ]);
  });

  it("keeps what comes after the end that the worker has told, and waits with the end for what came before", async () => {
    const { id, via } = await accepted("w");
    const { stream, ack } = via.logs();
    for (let n = 0; n < 500; n += 1) stream.write({ task_id: id, log_type: "stdout", log_text: `line ${n}` });
    const told = via.status(id, "S");
    stream.end();
    expect([await told, await ack]).toEqual([true, { success: true }]);
    expect(await via.output(id)).toHaveLength(500);
    await via.sendLogs({ task_id: id, log_text: "late" });
    expect(await via.output(id)).toHaveLength(501);
  });

  it("takes NUL bytes and lines of 10 MB, of which it shows the beginning", async () => {
    const { id, via } = await accepted("w");
    const long = "x".repeat(10 * 2 ** 20);
    await via.sendLogs(
      { task_id: id, log_text: "a\0b" },
      { task_id: id, log_text: long },
      { task_id: id, log_text: "c" },
    );
    const lines = (await via.output(id)).map(({ log_text }) => log_text);
    expect(lines).toHaveLength(3);
    expect([lines[0], lines[2]]).toEqual(["a\0b", "c"]);
    expect(lines[1]).toHaveLength(65_536);
    // Nothing of it is lost: the log has it all.
    expect((await server.inside.ports.logs.size(id)).bytes).toBe(4 + long.length + 1 + 2);
  });

  it("refuses streams that it does not know, whatever is in their names, and unknown tasks", async () => {
    const { id, via } = await accepted("w");
    for (const log_type of ["", "STDOUT", "../../etc/passwd", "stdout\0", "constructor", "worker"]) {
      const refused = await refusal(via.sendLogs({ task_id: id, log_type, log_text: "x" }));
      expect(refused).toMatchObject({ code: status.INVALID_ARGUMENT });
      expect(refused?.details).toContain("log_type: ");
    }
    expect(await refusal(via.sendLogs({ task_id: 99, log_text: "x" }))).toMatchObject({ code: status.NOT_FOUND });
    expect(await via.output(id)).toEqual([]);
  });

  it("keeps nothing of a task that is not begun, and says so", async () => {
    const id = await stub.submit("x");
    expect(await stub.sendLogs({ task_id: id, log_text: "x" })).toEqual({ success: false });
    const { worker_id } = await stub.register("w", 1);
    await stub.ping(worker_id);
    expect(await stub.sendLogs({ task_id: id, log_text: "x" })).toEqual({ success: false });
    expect(await stub.output(id)).toEqual([]);
  });
});

describe("6: StreamTaskLogs", () => {
  it("answers stdout from the start to its present end; stderr too, when it is asked for", async () => {
    const { id, via } = await accepted("w");
    await via.sendLogs(
      { task_id: id, log_text: "out 1" },
      { task_id: id, log_text: "err 1", log_type: "E" },
      { task_id: id, log_text: "two\nlines" },
    );
    const told = (lines: readonly { log_type: string; log_text: string }[]) =>
      lines.map(({ log_type, log_text }) => `${log_type} ${log_text}`);
    expect(told(await via.output(id))).toEqual(["stdout out 1", "stdout two", "stdout lines"]);
    const both = ["stdout out 1", "stderr err 1", "stdout two", "stdout lines"];
    expect(told(await via.output(id, { stderr: "true" }))).toEqual(both);
    expect(told(await via.output(id, { stderr: "false", follow: "0" }))).toHaveLength(3);
  });

  it("follows when it is asked to, to the end of the task", async () => {
    const { id, via } = await accepted("w");
    await via.sendLogs({ task_id: id, log_text: "one" });
    const lines: string[] = [];
    const stream = via.follow(id, { follow: "true", stderr: "1" });
    const read = (async () => {
      for await (const { log_text } of stream) lines.push(log_text);
    })();
    await vi.waitFor(() => expect(lines).toEqual(["one"]), patient);
    await via.sendLogs({ task_id: id, log_text: "two", log_type: "stderr" });
    await vi.waitFor(() => expect(lines).toEqual(["one", "two"]), patient);
    await via.status(id, "S");
    await read;
    expect(lines).toEqual(["one", "two"]);
  });

  it("refuses unknown tasks and what it cannot read; is empty for a task without output", async () => {
    const id = await stub.submit("x");
    expect(await stub.output(id)).toEqual([]);
    expect(await refusal(stub.output(99))).toMatchObject({ code: status.NOT_FOUND });
    expect(await refusal(stub.output(id, { follow: "maybe" }))).toMatchObject({ code: status.INVALID_ARGUMENT });
  });
});

describe("7: ListTasks", () => {
  it("filters by exactly one letter", async () => {
    const { id, via } = await accepted("w");
    const waiting = await via.submit("y");
    expect(ids(await via.list("C"))).toEqual([id]);
    expect(ids(await via.list("P"))).toEqual([waiting]);
    expect(ids(await via.list(""))).toEqual([id, waiting]);
    for (const none of ["PS", "p", "?", "\0"]) expect(await via.list(none)).toEqual([]);
  });
});

describe("9: transitions", () => {
  const allowed: Readonly<Record<string, string>> = {
    C: "DORUVSF",
    D: "ORF",
    O: "RF",
    R: "UVSF",
    U: "SF",
    V: "F",
  };
  const letters = "DORUVSF";
  const ways: Readonly<Record<string, string>> = { C: "C", D: "CD", O: "CO", R: "CR", U: "CRU", V: "CRV" };

  it.each(Object.keys(allowed))("from %s lead where they may, and nowhere else", async (from) => {
    for (const to of letters) {
      const { id, via } = await accepted(`w ${from} ${to}`);
      for (const letter of ways[from]!.slice(1)) expect(await via.status(id, letter)).toBe(true);
      const told = via.status(id, to);
      if (to === from || allowed[from]!.includes(to)) {
        expect([to, await told]).toEqual([to, true]);
        expect(await via.status(id, to)).toBe(true);
      } else {
        const refused = await refusal(told);
        expect([to, refused?.code]).toEqual([to, status.FAILED_PRECONDITION]);
        expect(refused?.details).toContain(`task ${id} is `);
      }
    }
  });

  it("end where a task has ended: a repeat is taken, anything else is not", async () => {
    for (const [end, other] of ["SF", "FS"].map((pair) => pair.split(""))) {
      const { id, via } = await accepted(`w ${end}`);
      await via.status(id, end!);
      expect(await via.status(id, end!)).toBe(true);
      for (const letter of [other!, "C", "R", "U"]) expect(await via.status(id, letter)).toBe(false);
      expect(await via.letter(id)).toBe(end);
    }
  });

  it("are refused for what is no status, and for statuses that the server gives", async () => {
    const { id, via } = await accepted("w");
    for (const word of ["", "s", "SS", "?", "Q", "\0", "success", "x".repeat(100_000), "toString"]) {
      expect(await refusal(via.status(id, word))).toMatchObject({ code: status.INVALID_ARGUMENT });
    }
    for (const letter of ["A", "W", "Z"]) {
      expect(await refusal(via.status(id, letter))).toMatchObject({ code: status.FAILED_PRECONDITION });
    }
    expect(await refusal(via.status(id, "P"))).toMatchObject({ code: status.FAILED_PRECONDITION });
    expect(await via.letter(id)).toBe("C");
  });

  it("give back what was assigned and not accepted", async () => {
    const id = await stub.submit("x");
    const { worker_id } = await stub.register("w", 1);
    await stub.ping(worker_id);
    expect([await stub.status(id, "A"), await stub.status(id, "P"), await stub.status(id, "P")]).toEqual([
      true,
      true,
      true,
    ]);
    expect(await stub.letter(id)).toBe("P");
    expect(await stub.status(id, "C")).toBe(false);
  });

  it("cancel by X: at once what is not begun, and with the worker's report what is", async () => {
    const queued = await stub.submit("x");
    expect(await stub.status(queued, "X")).toBe(true);
    expect(await stub.letter(queued)).toBe("X");
    const assigned = await stub.submit("x");
    const { worker_id } = await stub.register("w", 1);
    await stub.ping(worker_id);
    await stub.status(assigned, "X");
    expect(await stub.letter(assigned)).toBe("X");
    expect(await stub.status(assigned, "C")).toBe(false);
    const { id, via } = await accepted("v");
    await via.status(id, "R");
    expect(await via.status(id, "X")).toBe(true);
    const cancelling = await server.inside.ports.store.view.getTask(id);
    expect(cancelling?.task).toMatchObject({ state: "cancelling", reason: { code: "cancelling" } });
    expect(cancelling?.task.reason?.message).toContain("v is a worker of scitq, which may run it on");
    expect(await via.status(id, "F")).toBe(true);
    expect(await via.letter(id)).toBe("X");
    const lost = await accepted("u");
    await lost.via.status(lost.id, "X");
    await pass(300_000);
    expect(await stub.letter(lost.id)).toBe("X");
  });
});

describe("lost workers", () => {
  it("are those that are silent for the configured time; their tasks are queued again once", async () => {
    const { id } = await accepted("w");
    await pass(299_999);
    expect(await stub.letter(id)).toBe("C");
    await pass(1);
    expect(await stub.letter(id)).toBe("W");
    await pass(1_000);
    expect(await stub.letter(id)).toBe("P");
    await pass(600_000);
    expect((await attempts(id)).map(({ outcome }) => outcome)).toEqual(["lost"]);
    expect((await server.inside.ports.store.view.listWorkers()).workers[0]?.worker.online).toBe(false);
  });

  it("are none that ping, report or send output", async () => {
    const { id, number, via } = await accepted("w");
    const signs = [
      () => via.ping(number),
      () => via.status(id, "D"),
      () => via.status(id, "D"),
      () => via.status(id, "R"),
      () => via.sendLogs({ task_id: id, log_text: "x" }),
    ];
    for (const sign of signs) {
      await pass(200_000);
      await sign();
    }
    expect(await stub.letter(id)).toBe("R");
    expect(await attempts(id)).toHaveLength(1);
  });

  it("that come back with old results are refused without harm, whoever has the task by then", async () => {
    const old = await accepted("old");
    const { id } = old;
    const output = () => old.via.sendLogs({ task_id: id, log_text: "of the old one" });
    const refused = async () => {
      for (const letter of ["C", "R", "S", "F"]) expect(await old.via.status(id, letter)).toBe(false);
      expect(await output()).toEqual({ success: false });
    };
    await pass(300_000);
    await refused();
    await pass(1_000);
    await refused();
    const young = await stub.register("young", 1);
    expect(ids((await stub.ping(young.worker_id)).tasks)).toEqual([id]);
    await refused();
    expect(await stub.status(id, "C")).toBe(true);
    await refused();
    await stub.sendLogs({ task_id: id, log_text: "of the young one" });
    expect(await stub.status(id, "R")).toBe(true);
    await refused();
    expect(await stub.status(id, "S")).toBe(true);
    expect((await old.via.ping(old.number)).tasks).toEqual([]);
    expect(await output()).toEqual({ success: false });
    expect((await stub.output(id)).map(({ log_text }) => log_text)).toEqual(["of the young one"]);
    expect((await attempts(id)).map(({ outcome }) => outcome)).toEqual(["lost", "succeeded"]);
  });

  it("are back with their next ping", async () => {
    const { worker_id } = await stub.register("w", 1);
    await pass(300_000);
    const id = await stub.submit("x");
    expect(ids((await stub.ping(worker_id)).tasks)).toEqual([id]);
    expect((await server.inside.ports.store.view.listWorkers()).workers[0]?.worker.online).toBe(true);
  });

  it("one that has accepted and never answers is lost in the end", async () => {
    const { id } = await accepted("w");
    for (let n = 0; n < 3; n += 1) {
      await pass(300_000);
      await pass(10_000);
      const taker = another();
      const { worker_id } = await taker.register(`taker ${n}`, 1);
      expect(ids((await taker.ping(worker_id)).tasks)).toContain(id);
      await taker.status(id, "C");
    }
    await pass(300_000);
    expect(await stub.letter(id)).toBe("F");
  });
});

describe("an acceptance whose answer comes too late", () => {
  it("is forgotten: the worker does not begin, and another may", async () => {
    const id = await stub.submit("x");
    const { worker_id } = await stub.register("w", 1);
    await stub.ping(worker_id);
    const { store } = server.inside.ports;
    const { transact } = store;
    // The disk is slow, and the worker's patience is shorter.
    Object.assign(store, {
      async transact(this: typeof store, ...asked: Parameters<typeof transact>) {
        await sleep(300);
        return transact.apply(this, asked);
      },
    });
    const given = stub.unary("UpdateTaskStatus", { task_id: id, new_status: "C" }, 150);
    expect(await refusal(given)).toMatchObject({ code: status.DEADLINE_EXCEEDED });
    Object.assign(store, { transact });
    await vi.waitFor(async () => expect(await stub.letter(id)).toBe("W"), patient);
    expect(await attempts(id)).toMatchObject([{ outcome: "lost" }]);
    await pass(1_000);
    expect(ids((await stub.ping(worker_id)).tasks)).toEqual([id]);
    expect(await stub.status(id, "C")).toBe(true);
  });
});

describe("scitq's worker as it is", () => {
  it("runs real commands, and all of their output is kept", async () => {
    const outputs = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        stub.submit(`echo out ${n}; echo err ${n} >&2; exit ${n % 4 === 3 ? 3 : 0}`),
      ),
    );
    const workers = await Promise.all(
      ["a", "b"].map((name) => ScitqWorker.start(server.port, { name, concurrency: 4 })),
    );
    try {
      await vi.waitFor(async () => {
        const letters = (await stub.list()).map(({ status: letter }) => letter);
        expect(letters.every((letter) => "SF".includes(letter))).toBe(true);
      }, patient);
    } finally {
      await Promise.all(workers.map((worker) => worker.stop()));
    }
    expect(workers.flatMap(({ ran }) => ran).sort((a, b) => a - b)).toEqual(outputs.toSorted((a, b) => a - b));
    for (const [n, id] of outputs.entries()) {
      expect(await stub.letter(id)).toBe(n % 4 === 3 ? "F" : "S");
      const lines = (await stub.output(id, { stderr: "true" })).map(({ log_text }) => log_text);
      expect(lines.toSorted()).toEqual([`err ${n}`, `out ${n}`]);
    }
  });
});
