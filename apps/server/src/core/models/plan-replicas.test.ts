import { describe, expect, it } from "vitest";
import type { Replica } from "#core/models/model.ts";
import { type LiveReplica, planReplicas } from "#core/models/plan-replicas.ts";
import type { Task } from "#core/tasks/task.ts";

const now = 1_000_000;
const readyWithin = 60_000;

function replica(id: number, version: number, task: Partial<Task> = {}, more: Partial<Replica> = {}): LiveReplica {
  return {
    replica: { taskId: id, modelId: "shop/price", version, createdAt: now - 5_000, ...more },
    task: {
      id,
      dialect: "tributary",
      projectId: "p",
      projectName: "shop",
      name: String(id),
      title: "serve",
      state: "active",
      phase: "running",
      attempt: 1,
      userFailures: 0,
      systemFailures: 0,
      createdAt: now - 5_000,
      startedAt: now - 4_000,
      creator: "tributary",
      demand: {},
      ...task,
    },
  };
}

const serving = (id: number, version: number) => replica(id, version, {}, { ready: { attempt: 1, at: now - 1_000 } });
const ended = (id: number, version: number, endedAt: number, more: Partial<Replica> = {}) =>
  replica(id, version, { state: "failed", endedAt }, more);
const ids = (some: readonly LiveReplica[]) => some.map(({ task }) => task.id);
const plan = (
  replicas: number,
  version: number | undefined,
  all: readonly LiveReplica[],
  state = "following" as const,
) => planReplicas({ replicas, state, ...(version === undefined ? {} : { version }) }, all, readyWithin, now);

describe("replicas", () => {
  it("are started until there are as many as are wanted, and those beyond go, first what serves nobody", () => {
    expect(plan(2, 1, [])).toMatchObject({ start: 2, drain: [], end: [] });
    expect(plan(2, 1, [replica(1, 1)])).toMatchObject({ start: 1 });
    expect(ids(plan(1, 1, [replica(1, 1), serving(2, 1), serving(3, 1)]).drain)).toEqual([3, 1]);
  });

  it("of an older version stay until as many of the newer are ready as are wanted", () => {
    const old = [serving(1, 1), serving(2, 1)];
    expect(plan(2, 2, old)).toMatchObject({ start: 2, drain: [] });
    expect(plan(2, 2, [...old, replica(3, 2), replica(4, 2)])).toMatchObject({ start: 0, drain: [] });
    expect(ids(plan(2, 2, [...old, serving(3, 2), replica(4, 2)]).drain)).toEqual([2]);
    expect(ids(plan(2, 2, [...old, serving(3, 2), serving(4, 2)]).drain)).toEqual([1, 2]);
  });

  it("stay while there is nothing to serve for now, and go when the model is stopped", () => {
    expect(plan(0, undefined, [serving(1, 1)])).toMatchObject({ drain: [], end: [] });
    const stopped = planReplicas({ replicas: 0, state: "stopped" }, [serving(1, 1)], readyWithin, now);
    expect(ids(stopped.drain)).toEqual([1]);
  });

  it("that drain are ended when what was on its way to them has come", () => {
    const draining = (at: number) => replica(1, 1, {}, { ready: { attempt: 1, at: 1 }, drainingAt: at });
    expect(plan(0, 2, [draining(now - 1_000)])).toMatchObject({ end: [], lookAt: now + 1_000 });
    expect(ids(plan(0, 2, [draining(now - 2_000)]).end)).toEqual([1]);
  });

  it("that never become ready are given up, with the reason", () => {
    const late = replica(1, 1, { startedAt: now - readyWithin });
    expect(plan(1, 1, [late]).end).toMatchObject([{ task: { id: 1 }, problem: "It was not ready within 60 s" }]);
    const soon = replica(1, 1, { startedAt: now - readyWithin + 7 });
    expect(plan(1, 1, [soon])).toMatchObject({ end: [], lookAt: now + 7 });
  });

  it("are started later and later when they fail in a row, at once after one that had stood for long", () => {
    expect(plan(1, 1, [ended(1, 1, now - 10_000)])).toMatchObject({ start: 0, lookAt: now + 20_000 });
    expect(plan(1, 1, [ended(1, 1, now - 30_000)])).toMatchObject({ start: 1 });
    const three = [ended(1, 1, now - 300_000), ended(2, 1, now - 200_000), ended(3, 1, now - 10_000)];
    expect(plan(1, 1, three)).toMatchObject({ start: 0, lookAt: now + 110_000 });
    const steady = ended(1, 1, now - 1_000, { ready: { attempt: 1, at: now - 700_000 } });
    expect(plan(1, 1, [steady])).toMatchObject({ start: 1 });
    // Another version's failures are its own.
    expect(plan(1, 2, [ended(1, 1, now - 10)])).toMatchObject({ start: 1 });
  });

  it("that were ready in an earlier start count as not ready", () => {
    const again = replica(3, 2, { attempt: 2 }, { ready: { attempt: 1, at: now - 1_000 } });
    expect(plan(1, 2, [serving(1, 1), again])).toMatchObject({ drain: [] });
  });
});
