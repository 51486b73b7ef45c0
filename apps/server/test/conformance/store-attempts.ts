import { expect, test } from "vitest";
import type { Attempt } from "#core/tasks/task.ts";
import { noUsage, type Usage } from "#core/tasks/usage.ts";
import type { StoreContext } from "./store-context.ts";
import { addTasks, run, sampleAttempt, sampleTask } from "./store-samples.ts";

const ended: Attempt = sampleAttempt(1, 1, {
  phase: "ended",
  sequence: 9,
  preparedAt: 5_100,
  startedAt: 5_200,
  collectedAt: 5_300,
  endedAt: 5_400,
  outcome: "failed",
  reason: { code: "signal", message: "It was killed.", hint: "Give it more memory." },
  exitCode: 137,
  signal: "SIGKILL",
  usage: { cpuMs: 1_500, peakMemory: 2 ** 40, peakDisk: 0 },
  environment: { kind: "poetry", pythonVersion: "3.11.7", key: "ab'c", reused: true },
});

export function attemptTests(context: StoreContext): void {
  const insert = (attempts: readonly Attempt[]) => run(context.store, (tx) => tx.attempts.insert(attempts));
  const replace = (attempts: readonly Attempt[]) => run(context.store, (tx) => tx.attempts.replace(attempts));
  const get = (taskId: number, number = 1) => run(context.store, (tx) => tx.attempts.getMany([{ taskId, number }]));

  test("an attempt comes back as it was, with all its fields or the fewest", async () => {
    const whole: Attempt = { ...ended, ahead: true };
    await insert([whole, sampleAttempt(2)]);
    const attempts = await run(context.store, (tx) =>
      tx.attempts.getMany([
        { taskId: 2, number: 1 },
        { taskId: 1, number: 2 },
        { taskId: 1, number: 1 },
      ]),
    );
    expect(attempts).toEqual([sampleAttempt(2), whole]);
  });

  test("how attempts went on is kept, replaced, and seen in views", async () => {
    const points = [{ at: 5_000, span: 1_000, cpuMs: 900, memory: 2 ** 35, disk: 7, processes: 3 }];
    const usage: Usage = { totals: { cpuMs: 900, peakMemory: 2 ** 35, peakDisk: 7 }, points, interval: 1_000 };
    await addTasks(context.store, [sampleTask(1)]);
    await insert([ended, sampleAttempt(1, 2)]);
    const refs = [1, 2, 3].map((number) => ({ taskId: 1, number }));
    const put = (used: Usage) =>
      run(context.store, (tx) => tx.usage.put([{ ref: { taskId: 1, number: 2 }, usage: used }]));
    await put(noUsage);
    await put(usage);
    expect(await run(context.store, (tx) => tx.usage.getMany(refs))).toEqual([{ ref: refs[1], usage }]);
    expect(await context.store.view.getUsage({ taskId: 1, number: 2 })).toEqual(usage);
    expect(await context.store.view.getUsage({ taskId: 1, number: 1 })).toBeUndefined();
    const detail = await context.store.view.getTask(1);
    expect(detail?.attempts.map((attempt) => attempt.usage)).toEqual([ended.usage, usage.totals]);
  });

  test("an attempt is made once", async () => {
    await insert([sampleAttempt(1)]);
    await expect(insert([sampleAttempt(1)])).rejects.toMatchObject({ refusal: "already-exists" });
    await insert([sampleAttempt(1, 2)]);
  });

  test("an attempt that has not ended is replaced, one that has ended is not", async () => {
    await insert([sampleAttempt(1)]);
    await replace([sampleAttempt(1, 1, { phase: "running", sequence: 3, startedAt: 6_000 })]);
    expect(await get(1)).toEqual([sampleAttempt(1, 1, { phase: "running", sequence: 3, startedAt: 6_000 })]);
    await replace([ended]);
    expect(await get(1)).toEqual([ended]);
    await replace([sampleAttempt(1, 1, { phase: "running" })]);
    expect(await get(1)).toEqual([ended]);
    await replace([sampleAttempt(9)]);
    expect(await get(9)).toEqual([]);
  });

  test("a worker's current attempts are those that have not ended, oldest first", async () => {
    await insert([
      sampleAttempt(1, 1, { assignedAt: 30 }),
      sampleAttempt(2, 1, { assignedAt: 10 }),
      sampleAttempt(3, 1, { assignedAt: 20 }),
      sampleAttempt(4, 1, { assignedAt: 5, workerId: "w2" }),
    ]);
    await replace([sampleAttempt(3, 1, { phase: "ended" })]);
    const current = (workerId: string) =>
      run(context.store, async (tx) => (await tx.attempts.current(workerId)).map(({ taskId }) => taskId));
    expect(await current("w1")).toEqual([2, 1]);
    expect(await current("w2")).toEqual([4]);
    expect(await current("w3")).toEqual([]);
  });

  test("what a worker's current attempts take is told by kind", async () => {
    await insert([
      sampleAttempt(1, 1, { demand: { cpu: 500 } }),
      sampleAttempt(2, 1, { demand: {} }),
      sampleAttempt(3, 1, { demand: { cpu: 500 } }),
      sampleAttempt(4, 1, { demand: { cpu: 500 } }),
      sampleAttempt(5, 1, { demand: { cpu: 500 }, workerId: "w2" }),
    ]);
    await replace([sampleAttempt(4, 1, { demand: { cpu: 500 }, phase: "ended" })]);
    const demands = (workerId: string) => run(context.store, (tx) => tx.attempts.currentDemands(workerId));
    const sorted = (await demands("w1")).toSorted((a, b) => a.count - b.count);
    expect(sorted).toEqual([
      { demand: {}, count: 1 },
      { demand: { cpu: 500 }, count: 2 },
    ]);
    expect(await demands("w3")).toEqual([]);
  });

  test("artifacts are put by task, attempt and path, and shown with their task", async () => {
    await addTasks(context.store, [sampleTask(1)]);
    const artifact = (path: string, hash: string, attempt = 1) => ({ taskId: 1, attempt, path, size: 3, hash });
    await run(context.store, (tx) => tx.artifacts.put([artifact("b", "1"), artifact("a", "1"), artifact("a", "1", 2)]));
    await run(context.store, (tx) => tx.artifacts.put([artifact("b", "2")]));
    expect((await context.store.view.getTask(1))?.artifacts).toEqual([
      artifact("a", "1"),
      artifact("b", "2"),
      artifact("a", "1", 2),
    ]);
  });
}
