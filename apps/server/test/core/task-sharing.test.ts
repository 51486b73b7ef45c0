import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { leaseAttempts } from "#core/dispatch/lease-attempts.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { TaskqueueShare, Worker } from "#core/workers/worker.ts";
import { addTasks, run, sampleTask, sampleWorker } from "#test/conformance/store-samples.ts";
import { type InProcess, openInProcess } from "#test/in-process.ts";

let world: InProcess;

beforeEach(async () => {
  world = await openInProcess();
});
afterEach(() => world.close());

const capacity = { cpu: 100_000 };

async function online(...workers: readonly Worker[]): Promise<void> {
  await run(world.ports.store, (tx: Tx) => tx.workers.put(workers));
  for (const { id } of workers) world.ports.leases.extend(id, 0, 0);
}

/** Queues one task of TaskQueue and one of AME, and answers the dialects of what the worker is given of them. */
async function givenTo(id: string): Promise<string[]> {
  const [first, second] = await run(world.ports.store, (tx: Tx) => tx.tasks.nextIds(2));
  await addTasks(world.ports.store, [
    sampleTask(first!, { dialect: "taskqueue", demand: {} }),
    sampleTask(second!, { dialect: "ame", demand: {} }),
  ]);
  const { assignments } = await leaseAttempts(world.ports, id);
  return assignments.map(({ task }) => task.dialect);
}

describe("who is given what", () => {
  it("scitq's workers are given TaskQueue's tasks only", async () => {
    await online(sampleWorker("s1", { kind: "scitq", capacity }));
    expect(await givenTo("s1")).toEqual(["taskqueue"]);
  });

  it.each<[TaskqueueShare | undefined, boolean, string[]]>([
    ["fallback", false, ["taskqueue", "ame"]],
    ["fallback", true, ["ame"]],
    ["always", true, ["taskqueue", "ame"]],
    ["never", false, ["ame"]],
    [undefined, true, ["taskqueue", "ame"]],
  ])("a worker of ours set to %s, with one of scitq's online: %s", async (taskqueue, scitq, dialects) => {
    await online(
      sampleWorker("w1", { capacity, ...(taskqueue ? { taskqueue } : {}) }),
      sampleWorker("s2", { kind: "scitq", capacity, online: scitq }),
    );
    expect(await givenTo("w1")).toEqual(dialects);
  });

  it("one of scitq's that is draining leaves its tasks to the local worker", async () => {
    await online(
      sampleWorker("w1", { capacity, taskqueue: "fallback" }),
      sampleWorker("s2", { kind: "scitq", capacity, draining: true }),
    );
    expect(await givenTo("s2")).toEqual([]);
    expect(await givenTo("w1")).toEqual(["taskqueue", "ame", "taskqueue", "ame"]);
  });

  it("prefetch is given beyond the slots", async () => {
    await online(sampleWorker("w1", { capacity, slots: 1, prefetch: 2 }));
    await givenTo("w1");
    const ids = await run(world.ports.store, async (tx) => (await tx.attempts.current("w1")).length);
    expect(ids).toBe(2);
    await givenTo("w1");
    expect((await run(world.ports.store, (tx) => tx.attempts.current("w1"))).length).toBe(3);
  });
});
