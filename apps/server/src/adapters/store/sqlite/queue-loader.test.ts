import { beforeEach, expect, test } from "vitest";
import type { Tx } from "#core/ports/tx.ts";
import type { RunSpec } from "#core/tasks/run-spec.ts";
import type { Task } from "#core/tasks/task.ts";
import { memoryWriter } from "./fixtures/memory-writer.ts";
import { QueueLoader } from "./queue-loader.ts";
import { ReadyQueue } from "./ready-queue.ts";
import type { Writer } from "./writer.ts";

const spec: RunSpec = {
  inputs: { kind: "none" },
  environment: { kind: "none" },
  command: { kind: "shell", script: "true" },
  variables: [],
  secrets: [],
  resources: {},
  grace: 0,
  outputs: { saveChangedFiles: false, paths: [] },
  userRetries: 0,
  systemRetries: 0,
};

const queued = (id: number, queuedAt = id, demand: Task["demand"] = { cpu: 1 }): Task => ({
  id,
  dialect: "tributary",
  projectId: "",
  projectName: "",
  name: String(id),
  title: "",
  state: "queued",
  attempt: 0,
  userFailures: 0,
  systemFailures: 0,
  createdAt: id,
  queuedAt,
  creator: "local",
  demand,
});

let writer: Writer;
let loader: QueueLoader;

/** Ten tasks in the table, of which three are in memory; the last one needs something else. */
beforeEach(async () => {
  const memory = await memoryWriter();
  writer = memory.writer;
  const tasks = Array.from({ length: 10 }, (_, n) => queued(n + 1, n + 1, n === 9 ? { gpu: 1 } : { cpu: 1 }));
  await writer.run(({ tx }) => insert(tx, tasks));
  memory.queue.take({ free: { cpu: 1e9, gpu: 1e9 }, limit: 1e9 });
  memory.queue.keep();
  loader = new QueueLoader(memory.database, memory.queue, 3);
  expect(loader.load()).toBe(true);
});

const insert = (tx: Tx, tasks: readonly Task[]) => tx.tasks.insert(tasks.map((task) => ({ task, spec })));

const claim = async (limit: number, free: Task["demand"] = { cpu: 1e9, gpu: 1e9 }) =>
  (await writer.run(({ tx }) => tx.tasks.claim({ free, limit }))).map(({ id }) => id);

const replace = (task: Task, changes: Partial<Task>) =>
  writer.run(({ tx }) =>
    tx.tasks.replace([{ task: { ...task, ...changes }, ifState: "queued", ifAttempt: task.attempt }]),
  );

function loadAll(): void {
  while (loader.load());
  writer.queueLoaded();
}

test("what is loaded already is claimed at once", async () => {
  expect(await claim(3)).toEqual([1, 2, 3]);
});

test("a claim that needs more waits for it, and units after it do not", async () => {
  const waiting = [claim(4), claim(1, { gpu: 1 })];
  expect(writer.awaitsQueue).toBe(false);
  await replace(queued(2), { state: "cancelled" });
  expect(writer.awaitsQueue).toBe(true);
  loadAll();
  expect(await Promise.all(waiting)).toEqual([[1, 3, 4, 5], [10]]);
  expect(writer.awaitsQueue).toBe(false);
});

test("changes meanwhile reach the queue once, wherever they are in it", async () => {
  await writer.run(({ tx }) => insert(tx, [queued(11, 5), queued(12, 2), queued(13, 99)]));
  await replace(queued(3), { queuedAt: 7 });
  await replace(queued(8), { queuedAt: 1 });
  await replace(queued(6), { state: "cancelled" });
  loader.load();
  await replace(queued(9), { state: "paused" });
  await replace(queued(1), { state: "active" });
  loadAll();
  expect(await claim(99)).toEqual([8, 2, 12, 4, 5, 11, 3, 7, 10, 13]);
});

test("changes that are not kept leave no trace in it", async () => {
  const refused = writer.run(async ({ tx }) => {
    await insert(tx, [queued(11, 5), queued(12, 2)]);
    await tx.tasks.replace([{ task: { ...queued(8), queuedAt: 1 }, ifState: "queued", ifAttempt: 0 }]);
    await tx.tasks.claim({ free: { cpu: 2 }, limit: 2 });
    throw new Error("no");
  });
  await expect(refused).rejects.toThrow("no");
  loadAll();
  expect(await claim(99)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test("an empty table has an empty queue", async () => {
  const { database, writer } = await memoryWriter();
  const queue = new ReadyQueue();
  expect(new QueueLoader(database, queue).load()).toBe(false);
  expect(await writer.run(({ tx }) => tx.tasks.claim({ free: {}, limit: 1 }))).toEqual([]);
});
