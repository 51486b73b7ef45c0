import { expect, it, vi } from "vitest";
import { JournalEraser } from "./journal-eraser.ts";

/** A journal from 1 on, and what is asked of it. */
class Entries {
  first = 1;
  readonly asked: number[] = [];

  readonly erase = async (before: number, count: number): Promise<number> => {
    this.asked.push(before);
    const erased = Math.max(0, Math.min(count, before - this.first));
    this.first += erased;
    return erased;
  };
}

const patient = { timeout: 15_000 };

it("goes on until all has gone, and further where more is to go meanwhile", async () => {
  const entries = new Entries();
  const eraser = new JournalEraser(entries.erase, expect.unreachable, 10);
  eraser.eraseBefore(36);
  eraser.eraseBefore(21);
  await vi.waitFor(() => expect(entries.first).toBe(36), patient);
  eraser.eraseBefore(41);
  await vi.waitFor(() => expect(entries.first).toBe(41), patient);
  expect(new Set(entries.asked)).toEqual(new Set([36, 41]));
});

it("tells of what went wrong, and tries again when it is told of more", async () => {
  const entries = new Entries();
  const problems: string[] = [];
  let fails = true;
  const erase = (before: number, count: number) =>
    fails ? Promise.reject(new Error("no room")) : entries.erase(before, count);
  const eraser = new JournalEraser(erase, (problem) => problems.push(problem), 10);
  eraser.eraseBefore(21);
  await vi.waitFor(() => expect(problems).toEqual([expect.stringContaining("no room")]), patient);
  fails = false;
  // As often as the journal is looked after.
  await vi.waitFor(() => {
    eraser.eraseBefore(21);
    expect(entries.first).toBe(21);
  }, patient);
});

it("asks for nothing more once it is stopped", async () => {
  const entries = new Entries();
  const eraser = new JournalEraser(entries.erase, expect.unreachable, 10);
  eraser.eraseBefore(1_000_000);
  eraser.stop();
  const asked = entries.asked.length;
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(asked).toBe(1);
  expect(entries.asked).toHaveLength(1);
});
