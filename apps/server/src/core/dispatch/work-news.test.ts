import { describe, expect, it } from "vitest";
import { addNews, mayConcern } from "#core/dispatch/work-news.ts";
import type { Entry, NewEntry } from "#core/journal/entry.ts";

const own = { workerId: "w", seen: 0, hasRoom: true };
const queued = (taskId: number): NewEntry => ({ kind: "task-queued", taskId, at: 0 });
const about = (kind: "attempt-assigned" | "attempt-ended" | "task-cancelling", taskId: number, workerId = "w") =>
  ({ kind, taskId, attempt: 1, workerId, at: 0 }) satisfies NewEntry;

/** Entries at the positions from 1 on. */
const at = (...entries: readonly NewEntry[]): Entry[] =>
  entries.map((entry, index) => ({ ...entry, position: index + 1 }));

describe("what of the journal concerns a worker", () => {
  it("is a task that is queued, while it has room", () => {
    expect(addNews(undefined, at(queued(1)), own)).toEqual({ mayLease: true, cancels: [] });
    expect(addNews(undefined, at(queued(1)), { ...own, hasRoom: false })).toBeUndefined();
  });

  it("is no task that was given out together with being queued", () => {
    expect(addNews(undefined, at(queued(1), about("attempt-assigned", 1, "other")), own)).toBeUndefined();
    const again = at(queued(1), about("attempt-assigned", 1, "other"), about("attempt-ended", 1, "other"), queued(1));
    expect(addNews(undefined, again, own)?.mayLease).toBe(true);
    expect(addNews(undefined, at(queued(1), queued(2), about("attempt-assigned", 1)), own)?.mayLease).toBe(true);
  });

  it("is an end of its own, also while it has no room, and no other's", () => {
    const full = { ...own, hasRoom: false };
    expect(addNews(undefined, at(about("attempt-ended", 1)), full)?.mayLease).toBe(true);
    expect(addNews(undefined, at(about("attempt-ended", 1, "other")), full)).toBeUndefined();
  });

  it("is nothing that it had seen when it last looked, but for cancels", () => {
    const entries = at(queued(1), about("attempt-ended", 2), about("task-cancelling", 3));
    const cancels = [{ taskId: 3, number: 1 }];
    expect(addNews(undefined, entries, { ...own, seen: 3 })).toEqual({ mayLease: false, cancels });
    expect(addNews(undefined, entries, { ...own, seen: 1 })).toEqual({ mayLease: true, cancels });
  });

  it("is told by those entries alone that may concern it", () => {
    const stays: NewEntry = { kind: "task-queued", taskId: 4, at: 0, stays: true };
    const leaves: NewEntry = { kind: "worker-changed", workerId: "other", at: 0, leaves: true };
    const kinds = (["attempt-assigned", "attempt-ended", "task-cancelling"] as const).flatMap((kind) => [
      about(kind, 1),
      about(kind, 1, "other"),
    ]);
    const some = [queued(1), ...kinds, stays, leaves, { ...leaves, workerId: "w" }];
    let told = 0;
    for (const first of some) {
      for (const second of some) {
        for (const hasRoom of [true, false]) {
          const worker = { ...own, hasRoom };
          const entries = at(first, second, queued(2));
          const concerning = entries.filter((entry) => mayConcern(entry, worker));
          expect(addNews(undefined, concerning, worker)).toEqual(addNews(undefined, entries, worker));
          told += concerning.length;
        }
      }
    }
    expect(told).toBeLessThan(3 * 2 * some.length ** 2);
  });

  it("is a worker of scitq's that takes no more, also another", () => {
    const gone: NewEntry = { kind: "worker-changed", workerId: "other", at: 0, leaves: true };
    expect(addNews(undefined, at(gone), own)?.mayLease).toBe(true);
    expect(addNews(undefined, at(gone), { ...own, seen: 1 })).toBeUndefined();
    expect(addNews(undefined, at({ kind: "worker-changed", workerId: "other", at: 0 }), own)).toBeUndefined();
  });

  it("adds up", () => {
    const first = addNews(undefined, at(queued(1)), own);
    const both = addNews(first, at(about("task-cancelling", 2)), own);
    expect(both).toEqual({ mayLease: true, cancels: [{ taskId: 2, number: 1 }] });
    expect(addNews(both, at(about("attempt-assigned", 1)), own)).toEqual(both);
  });
});
