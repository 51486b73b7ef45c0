import { describe, expect, it } from "vitest";
import { whyNotRunning } from "#core/dispatch/why-not-running.ts";
import type { Demand } from "#core/tasks/task.ts";
import type { WorkerLoad } from "#core/workers/worker.ts";

const gib = 2 ** 30;

function load(name: string, capacity: Demand, taskIds: number[] = [], used: Demand = {}, online = true): WorkerLoad {
  const worker = {
    id: name,
    name,
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
    expect(whyNotRunning({ demand }, loads).reason).toMatchObject({ code, message });
  });

  it("tells of every online worker what was found", () => {
    const { checks } = whyNotRunning({ demand: { memory: 3 * gib } }, [
      load("small", { memory: gib / 2 }),
      load("taken", { memory: 4 * gib }, [1], { memory: 2 * gib }),
    ]);
    expect(checks.map(({ message }) => message)).toEqual([
      "small has 0.5 GiB of memory, 3 GiB of memory are asked for",
      "taken has 2 GiB of memory free of 4 GiB of memory",
    ]);
  });
});
