import { describe, expect, it } from "vitest";
import { type Listed, WorkerMemory } from "#facades/taskqueue/newest/worker-memory.ts";

const attempt = { taskId: 7, number: 1 };
const listing = (at: number, ...known: number[]): Listed => ({ known: new Set(known), at });

describe("a task that is not accepted yet", () => {
  it("is handed out once, and again when it has not come in after a while", () => {
    const memory = new WorkerMemory();
    expect(memory.handOut(attempt, listing(0))).toBe(true);
    expect(memory.handOut(attempt, listing(9_999))).toBe(false);
    expect(memory.handOut(attempt, listing(10_000))).toBe(true);
    expect(memory.handOut(attempt, listing(15_000, 7))).toBe(false);
    expect(memory.handOut(attempt, listing(24_999))).toBe(false);
    expect(memory.handOut(attempt, listing(25_000))).toBe(true);
  });

  it("is not handed out to a worker that lists it, though nobody remembers why it has it", () => {
    const memory = new WorkerMemory();
    expect(memory.handOut(attempt, listing(0, 7))).toBe(false);
    expect(memory.handOut({ taskId: 8, number: 1 }, listing(0, 7))).toBe(true);
  });

  it("is handed out again as another attempt", () => {
    const memory = new WorkerMemory();
    expect(memory.handOut(attempt, listing(0))).toBe(true);
    expect(memory.handOut({ taskId: 7, number: 2 }, listing(1))).toBe(true);
  });
});

describe("a task that was begun", () => {
  it("is lost when it has not been listed for a minute without a break", () => {
    const memory = new WorkerMemory();
    expect(memory.isLost(attempt, listing(0))).toBe(false);
    expect(memory.isLost(attempt, listing(59_000))).toBe(false);
    expect(memory.isLost(attempt, listing(59_500, 7))).toBe(false);
    expect(memory.isLost(attempt, listing(60_000))).toBe(false);
    expect(memory.isLost(attempt, listing(119_999))).toBe(false);
    expect(memory.isLost(attempt, listing(120_000))).toBe(true);
  });

  it("is never missing at a worker that does not list what it has", () => {
    const memory = new WorkerMemory();
    for (const at of [0, 60_000, 600_000]) expect(memory.isLost(attempt, { known: undefined, at })).toBe(false);
  });
});

it("forgets what is over, and remembers the rest", () => {
  const memory = new WorkerMemory();
  const other = { taskId: 8, number: 1 };
  expect([memory.sinceCancel(attempt, 5), memory.sinceCancel(other, 5)]).toEqual([0, 0]);
  memory.keep([other]);
  expect([memory.sinceCancel(attempt, 25), memory.sinceCancel(other, 25)]).toEqual([0, 20]);
});
