import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { cancelTask } from "#core/tasks/cancel-task.ts";
import type { ScitqStub } from "#test/scitq-worker.ts";
import { ids, patient, Stage } from "./stage.ts";

let stage: Stage;
let stub: ScitqStub;

beforeEach(async () => {
  stage = await Stage.open();
  stub = stage.another();
});
afterEach(() => stage.close());

const taskOf = async (id: number) => (await stage.server.inside.ports.store.view.getTask(id))?.task;

describe("a worker of scitq's that has connected anew", () => {
  it("may have told an end that nobody heard: the task says so, and goes on holding its slot", async () => {
    const { id, number, via } = await stage.accepted("w");
    await via.ping(number);
    expect((await taskOf(id))?.reason).toBeUndefined();
    const next = await stub.submit("next");
    const anew = stage.another();
    expect((await anew.ping(number)).tasks).toEqual([]);
    expect(await taskOf(id)).toMatchObject({ state: "active", phase: "accepted", reason: { code: "end-untold" } });
    expect((await taskOf(id))?.reason?.hint).toContain("cancel it");
    for (let n = 0; n < 5; n += 1) {
      await stage.pass(200_000);
      expect((await anew.ping(number)).tasks).toEqual([]);
    }
    expect([await stub.letter(id), await stub.letter(next)]).toEqual(["C", "P"]);
    expect(await stage.attempts(id)).toHaveLength(1);
  });

  it("is believed when it tells the end all the same, and when it tells that it goes on", async () => {
    const { id, number } = await stage.accepted("w");
    const anew = stage.another();
    await anew.ping(number);
    expect(await anew.status(id, "R")).toBe(true);
    expect((await taskOf(id))?.reason).toBeUndefined();
    // Its end will come over this connection.
    await anew.ping(number);
    expect((await taskOf(id))?.reason).toBeUndefined();
    expect(await anew.status(id, "S")).toBe(true);
    expect(await stub.letter(id)).toBe("S");
  });

  it("X ends such a task at the worker's next ping, and frees its slot", async () => {
    const { id, number } = await stage.accepted("w");
    const next = await stub.submit("next");
    const anew = stage.another();
    expect((await anew.ping(number)).tasks).toEqual([]);
    expect(await stub.status(id, "X")).toBe(true);
    expect(ids((await anew.ping(number)).tasks)).toEqual([next]);
    expect(await stub.letter(id)).toBe("X");
    // What it tells in the end changes nothing any more, and X stays.
    expect(await anew.status(id, "S")).toBe(false);
    expect(await stub.letter(id)).toBe("X");
    expect(await anew.status(next, "C")).toBe(true);
    expect((await stage.attempts(id)).map(({ outcome }) => outcome)).toEqual(["cancelled"]);
  });

  it("the same does a cancel from the dashboard, one that came before it connected anew too", async () => {
    const { id, number, via } = await stage.accepted("w");
    await cancelTask(stage.server.inside.ports, { id, by: "somebody" });
    await via.ping(number);
    // The connection has been there all the time: the end will be told.
    expect((await taskOf(id))?.state).toBe("cancelling");
    const anew = stage.another();
    await anew.ping(number);
    expect((await taskOf(id))?.state).toBe("cancelled");
  });

  it("is not taken for lost while it waits with the next task for the end of one that was cancelled", async () => {
    const first = await stub.submit("first");
    const other = await stub.submit("other");
    const { worker_id: number } = await stub.register("w", 2);
    await stub.ping(number);
    for (const id of [first, other]) await stub.status(id, "C");
    const next = await stub.submit("next");
    const anew = stage.another();
    await anew.ping(number);
    await stub.status(first, "X");
    expect(ids((await anew.ping(number)).tasks)).toEqual([next]);
    // It still runs the first: its main loop waits for a slot and says nothing.
    await stage.pass(1_000_000);
    expect([await stub.letter(other), await stub.letter(next)]).toEqual(["C", "A"]);
    anew.close();
    // Nobody is there any more.
    await vi.waitFor(async () => {
      await stage.pass(300_000);
      expect(await stub.letter(next)).toBe("P");
    }, patient);
    expect(await stage.attempts(other)).toMatchObject([{ outcome: "lost" }]);
  });
});
