import { expect, test } from "vitest";
import type { ProvidedWorker } from "#core/providers/provided-worker.ts";
import type { StoreContext } from "./store-context.ts";
import { run, sampleWorker } from "./store-samples.ts";

function sampleProvided(number: number, changes: Partial<ProvidedWorker> = {}): ProvidedWorker {
  return {
    workerId: `w${number}`,
    number,
    name: `local-${number}`,
    provider: "local",
    flavor: "small",
    region: "here",
    state: "starting",
    launch: 0,
    failures: 0,
    createdAt: 10,
    createdBy: "somebody",
    ...changes,
  };
}

export function providedWorkerTests(context: StoreContext): void {
  test("provided workers are open until they end, and found by id, by number and by when they ended", async () => {
    const { store } = context;
    const [second, tenth] = [sampleProvided(2), sampleProvided(10, { slots: 3, tokenId: "t" })];
    const failed = sampleProvided(3, { state: "failed", endedAt: 20, reason: "why" });
    const stopped = sampleProvided(4, { state: "stopped", endedAt: 15 });
    await run(store, (tx) => tx.providedWorkers.put([tenth, second, failed, sampleProvided(4)]));
    await run(store, (tx) => tx.providedWorkers.put([stopped]));
    expect(await run(store, (tx) => tx.providedWorkers.open())).toEqual([second, tenth]);
    expect(await run(store, (tx) => tx.providedWorkers.getMany(["w3", "none"]))).toEqual(new Map([["w3", failed]]));
    expect(await run(store, (tx) => tx.providedWorkers.ended(21, 10))).toEqual([stopped, failed]);
    expect(await run(store, (tx) => tx.providedWorkers.ended(21, 1))).toEqual([stopped]);
    expect(await run(store, (tx) => tx.providedWorkers.ended(20, 10))).toEqual([stopped]);
    await run(store, (tx) => tx.providedWorkers.delete(["w2", "w3"]));
    expect(await run(store, (tx) => tx.providedWorkers.open())).toEqual([tenth]);
    expect(await run(store, (tx) => tx.providedWorkers.ended(100, 10))).toEqual([stopped]);
  });

  test("the list of workers tells what is provided; deleted workers are gone from it", async () => {
    const { store } = context;
    const provided = sampleProvided(1);
    await run(store, async (tx) => {
      await tx.workers.put([sampleWorker("w1"), sampleWorker("w2")]);
      await tx.providedWorkers.put([provided]);
    });
    const listed = async () => (await store.view.listWorkers()).workers.map((load) => [load.worker.id, load.provided]);
    expect(await listed()).toEqual([
      ["w1", provided],
      ["w2", undefined],
    ]);
    await run(store, (tx) => tx.workers.delete(["w1"]));
    expect(await listed()).toEqual([["w2", undefined]]);
    expect(await run(store, (tx) => tx.workers.findByNumber(1))).toBeUndefined();
  });
}
