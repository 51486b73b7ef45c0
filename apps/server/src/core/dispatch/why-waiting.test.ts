import { expect, test } from "vitest";
import { whyWaiting } from "#core/dispatch/why-waiting.ts";
import type { Task } from "#core/tasks/task.ts";
import type { WorkerLoad } from "#core/workers/worker.ts";

const task = (changes: Partial<Task>): Task => ({
  id: 1,
  dialect: "ame",
  projectId: "p",
  projectName: "churn",
  name: "train",
  title: "train",
  state: "waiting",
  attempt: 0,
  userFailures: 0,
  systemFailures: 0,
  createdAt: 1,
  creator: "ana",
  demand: { cpu: 4_000 },
  ...changes,
});
const load = (cpu: number, draining = false): WorkerLoad => ({
  worker: {
    id: "w",
    number: 1,
    name: "box",
    kind: "tributary",
    draining,
    prefetch: 0,
    slots: 2,
    capacity: { cpu },
    labels: {},
    version: "1",
    online: true,
    registeredAt: 0,
    lastSeenAt: 0,
  },
  taskIds: [],
  used: {},
});
const onTask = (id: number, state: Task["state"]) => ({
  task: task({ id, title: "fetch", state }),
  label: "data set churn.customers",
});

test("each task that is waited for is told with how far it is", () => {
  expect(whyWaiting(task({}), [onTask(2, "active"), onTask(3, "succeeded")], [load(8_000)])).toEqual([
    { code: "dependency", message: "data set churn.customers: task 2 fetch runs" },
    { code: "ready", message: "data set churn.customers: task 3 fetch has ended well" },
  ]);
});

test("workers are told of where none could take it even then", () => {
  const told = whyWaiting(task({}), [onTask(2, "queued")], [load(2_000)]);
  expect(told.map(({ code }) => code)).toEqual(["dependency", "too-big"]);
  expect(whyWaiting(task({}), [], [load(8_000, true)]).map(({ code }) => code)).toEqual(["draining"]);
  expect(whyWaiting(task({}), [], [load(8_000), load(2_000)])).toEqual([]);
  expect(whyWaiting(task({}), [], [])).toEqual([]);
});
