import { afterEach, beforeEach, expect, it } from "vitest";
import { endLease, expireLeases } from "#core/dispatch/expire-leases.ts";
import { leaseAttempts } from "#core/dispatch/lease-attempts.ts";
import { registerWorker } from "#core/dispatch/register-worker.ts";
import { reportAttempts } from "#core/dispatch/report-attempts.ts";
import { releaseDueTasks } from "#core/tasks/release-due-tasks.ts";
import type { Attempt, TaskId } from "#core/tasks/task.ts";
import { addTasks, run, sampleTask } from "#test/conformance/store-samples.ts";
import { type InProcess, openInProcess } from "#test/in-process.ts";
import { type ManualClock, manualClock } from "#test/manual-clock.ts";

let clock: ManualClock;
let world: InProcess;

beforeEach(async () => {
  clock = manualClock();
  world = await openInProcess({ clock });
});
afterEach(() => world.close());

const register = (id: string, slots = 1) =>
  registerWorker(world.ports, { id, name: id, slots, capacity: { cpu: 100_000 }, labels: {}, version: "1", held: [] });

/** Leases, as a worker of which some attempts have just been over in a moment. */
async function lease(id: string, ahead = 4): Promise<readonly Attempt[]> {
  return (await leaseAttempts(world.ports, id, ahead)).assignments.map(({ attempt }) => attempt);
}

const add = (...tasks: Parameters<typeof addTasks>[1]) => addTasks(world.ports.store, tasks);

async function taskOf(id: TaskId) {
  const task = (await run(world.ports.store, (tx) => tx.tasks.getMany([id]))).get(id);
  if (!task) throw new Error(`there is no task ${id}`);
  return task;
}

const idsOf = (attempts: readonly Attempt[]) => attempts.map(({ taskId }) => taskId);

it("queues again at once what a lost worker had not begun, and spends nothing for it", async () => {
  await add(sampleTask(1), sampleTask(2), sampleTask(3));
  await register("w");
  const given = await lease("w");
  expect(given.map(({ taskId, ahead = false }) => [taskId, ahead])).toEqual([
    [1, false],
    [2, true],
    [3, true],
  ]);
  clock.advance(31_000);
  await expireLeases(world.ports);
  expect(await taskOf(1)).toMatchObject({ state: "waiting", systemFailures: 1 });
  for (const id of [2, 3]) expect(await taskOf(id)).toMatchObject({ state: "queued", systemFailures: 0 });
  const detail = await world.ports.store.view.getTask(2);
  expect(detail?.attempts).toMatchObject([
    { outcome: "lost", reason: { code: "lost", message: expect.stringContaining("waiting there for a place") } },
  ]);
});

it("spends a try for what was given ahead and had begun by all that was told", async () => {
  await add(sampleTask(1), sampleTask(2));
  await register("w");
  const [, second] = await lease("w");
  const report = { ref: second!, sequence: 1, phase: "running" as const, at: clock.now() };
  await reportAttempts(world.ports, { workerId: "w", reports: [report] });
  await endLease(world.ports, "w");
  expect(await taskOf(2)).toMatchObject({ state: "waiting", systemFailures: 1 });
});

it("gives nothing ahead a second time, nor what may not be tried again", async () => {
  await add(sampleTask(1), sampleTask(2), sampleTask(3));
  await run(world.ports.store, async (tx) => {
    const spec = (await tx.tasks.specs([1])).get(1)!;
    await tx.tasks.insert([{ task: sampleTask(4), spec: { ...spec, systemRetries: 0 } }]);
  });
  await add(sampleTask(5));
  await register("w");
  expect(idsOf(await lease("w", 1))).toEqual([1, 2]);
  await endLease(world.ports, "w");
  await register("v");
  // The second has its place still, and the third is behind it; they are not passed over for long.
  expect(idsOf(await lease("v"))).toEqual([2, 3, 5]);
  await register("u");
  expect(idsOf(await lease("u"))).toEqual([4]);
});

it("ends a task that kills its workers before they can tell, after as many tries as it has, and spares its neighbours", async () => {
  const poison = 2;
  await add(...[1, 2, 3, 4].map((id) => sampleTask(id)));
  const { systemRetries } = (await run(world.ports.store, (tx) => tx.tasks.specs([poison]))).get(poison)!;
  let kills = 0;
  for (let n = 0; n < 50 && (await taskOf(poison)).state !== "failed"; n++) {
    const id = `w${n}`;
    await register(id);
    for (const { taskId, number } of await lease(id)) {
      if (taskId === poison) {
        kills += 1;
        break;
      }
      const ref = { taskId, number };
      const end = { outcome: "succeeded" as const };
      const at = clock.now();
      await reportAttempts(world.ports, { workerId: id, reports: [{ ref, sequence: 1, phase: "ended", at, end }] });
    }
    await endLease(world.ports, id);
    clock.advance(300_000);
    await releaseDueTasks(world.ports);
  }
  expect(await taskOf(poison)).toMatchObject({ state: "failed" });
  expect(kills).toBe(systemRetries + 1);
  for (const id of [1, 3, 4]) expect(await taskOf(id)).toMatchObject({ state: "succeeded", systemFailures: 0 });
});
