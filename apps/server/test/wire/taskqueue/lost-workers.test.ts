import { setTimeout as sleep } from "node:timers/promises";
import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ScitqStub } from "#test/scitq-worker.ts";
import { ids, patient, refusal, Stage } from "./stage.ts";

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
    expect((await stage.server.inside.ports.store.view.listWorkers()).workers[0]?.worker.online).toBe(false);
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
    expect((await stage.server.inside.ports.store.view.listWorkers()).workers[0]?.worker.online).toBe(true);
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
    const { store } = stage.server.inside.ports;
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
