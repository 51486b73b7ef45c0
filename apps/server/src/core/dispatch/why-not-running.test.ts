import { describe, expect, it } from "vitest";
import { whyNotRunning } from "#core/dispatch/why-not-running.ts";
import type { Demand, Dialect } from "#core/tasks/task.ts";
import type { Worker, WorkerLoad } from "#core/workers/worker.ts";

const gib = 2 ** 30;

function load(name: string, capacity: Demand, taskIds: number[] = [], used: Demand = {}, online = true): WorkerLoad {
  const worker: Worker = {
    id: name,
    number: 1,
    name,
    kind: "tributary",
    draining: false,
    prefetch: 0,
    slots: 2,
    capacity,
    labels: {},
    version: "1",
    online,
    registeredAt: 0,
    lastSeenAt: 0,
  };
  return { worker, taskIds, used };
}

function withoutEngine({ worker, ...rest }: WorkerLoad, explanation: string): WorkerLoad {
  return { ...rest, worker: { ...worker, containers: { engine: "", version: "", explanation } } };
}

describe("why is this not running", () => {
  it.each<[string, Demand, WorkerLoad[], string, string]>([
    ["nobody is there", {}, [load("a", { cpu: 2_000 }, [], {}, false)], "no-worker", "No worker is online"],
    [
      "nobody is large enough",
      { cpu: 8_000 },
      [load("a", { cpu: 2_000 }), load("b", { cpu: 4_000 })],
      "too-big",
      "No worker has 8 CPUs: the largest has 4 CPUs",
    ],
    [
      "nobody has the thing",
      { "nvidia.com/gpu": 1 },
      [load("a", { cpu: 2_000 })],
      "too-big",
      "No worker has 1 × nvidia.com/gpu: the largest has 0 × nvidia.com/gpu",
    ],
    [
      "nobody runs containers",
      { containers: 1 },
      [withoutEngine(load("a", { cpu: 2_000 }), "podman was not found."), load("b", { cpu: 2_000 })],
      "no-containers",
      "It names an image, and no worker that is online runs containers: podman was not found.",
    ],
    [
      "all slots are taken",
      {},
      [load("a", { cpu: 2_000 }, [1, 2])],
      "busy",
      "All 2 slots are taken; it starts when one is free",
    ],
    [
      "memory is taken",
      { memory: 3 * gib },
      [load("a", { memory: 4 * gib }, [1], { memory: 2 * gib })],
      "busy",
      "Every worker that is large enough is busy; it starts when enough is free",
    ],
    [
      "somebody has room",
      {},
      [load("a", { cpu: 2_000 }, [1])],
      "starting",
      "A worker has room and is about to take it",
    ],
  ])("%s", (_, demand, loads, code, message) => {
    expect(whyNotRunning({ demand, dialect: "ame" }, loads).reason).toMatchObject({ code, message });
  });

  it("tells of every online worker what was found", () => {
    const { checks } = whyNotRunning({ demand: { memory: 3 * gib }, dialect: "ame" }, [
      load("small", { memory: gib / 2 }),
      load("taken", { memory: 4 * gib }, [1], { memory: 2 * gib }),
    ]);
    expect(checks.map(({ message }) => message)).toEqual([
      "small has 0.5 GiB of memory, 3 GiB of memory are asked for",
      "taken has 2 GiB of memory free of 4 GiB of memory",
    ]);
  });

  const as = (name: string, changes: Partial<Worker>): WorkerLoad => {
    const { worker, ...rest } = load(name, {});
    return { ...rest, worker: { ...worker, ...changes } };
  };
  const local = as("local", { taskqueue: "fallback" });
  const scitq = as("scitq", { kind: "scitq" });

  it.each<[string, Dialect, WorkerLoad[], string, string]>([
    [
      "only scitq's workers are there",
      "ame",
      [scitq],
      "no-worker",
      "No worker that is online takes tasks of this kind",
    ],
    [
      "the local worker is told never to",
      "taskqueue",
      [as("local", { taskqueue: "never" })],
      "no-worker",
      "No worker that is online takes tasks of TaskQueue",
    ],
    ["all are draining", "ame", [as("local", { draining: true })], "draining", "Every worker is draining"],
    ["scitq's has room", "taskqueue", [local, scitq], "starting", "A worker has room and is about to take it"],
    [
      "scitq's is draining, the local one has room",
      "taskqueue",
      [local, as("s", { kind: "scitq", draining: true })],
      "starting",
      "A worker has room and is about to take it",
    ],
  ])("who takes what: %s", (_, dialect, loads, code, message) => {
    expect(whyNotRunning({ demand: {}, dialect }, loads).reason).toMatchObject({ code, message });
  });

  it("says of each worker why it leaves a task to others", () => {
    const draining = as("draining", { draining: true });
    const { checks } = whyNotRunning({ demand: {}, dialect: "taskqueue" }, [local, scitq, draining]);
    expect(checks.map(({ message }) => message)).toEqual([
      "local leaves tasks of TaskQueue to scitq's workers",
      "scitq has room",
      "draining is draining: it finishes what it has",
    ]);
  });
});
