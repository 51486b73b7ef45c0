import { connect } from "node:tls";
import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Tx } from "#core/ports/tx.ts";
import { ScitqStub } from "#test/scitq-worker.ts";
import { startApp } from "../app/app-server.ts";
import { ids, refusal, Stage } from "./stage.ts";

let stage: Stage;
let stub: ScitqStub;

beforeEach(async () => {
  stage = await Stage.open();
  stub = stage.another();
});
afterEach(() => stage.close());

const another = () => stage.another();
const pass = (milliseconds: number) => stage.pass(milliseconds);
const attempts = (taskId: number) => stage.attempts(taskId);
const accepted = (name: string, via?: ScitqStub) => stage.accepted(name, via);

describe("1: the connection", () => {
  it("is TLS with ALPN h2, and asks for no token", async () => {
    const protocol = await new Promise((resolve, reject) => {
      const socket = connect({ port: stage.server.port, rejectUnauthorized: false, ALPNProtocols: ["h2"] }, () => {
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
    const tasks = await stage.server.inside.ports.store.view.getTasks([begun, only]);
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
    const { store } = stage.server.inside.ports;
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
    const { store } = stage.server.inside.ports;
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
    await addTasks(stage.server.inside.ports.store, [sampleTask(900, { dialect: "ame" })]);
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
    const cancelling = await stage.server.inside.ports.store.view.getTask(id);
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
