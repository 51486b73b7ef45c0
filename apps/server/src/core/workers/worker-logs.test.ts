import { expect, test } from "vitest";
import { type WorkerLogLine, WorkerLogs } from "#core/workers/worker-logs.ts";

const line = (sequence: number, length = 10): WorkerLogLine => ({
  sequence,
  at: sequence,
  level: "info",
  message: "x".repeat(length),
  gapBefore: false,
});
const all = { after: 0, limit: 1_000 };

test("keeps no more bytes of a worker than it may, the newest", () => {
  const logs = new WorkerLogs({ lines: 100, bytes: 1_000, allBytes: 10_000 });
  logs.add("a", [line(1, 400), line(2, 400), line(3, 400)]);
  const { lines } = logs.list("a", all)!;
  expect(lines.map(({ sequence, gapBefore }) => [sequence, gapBefore])).toEqual([
    [2, true],
    [3, false],
  ]);
});

test("gives up the log of the worker that was heard of first when all take too much", () => {
  const logs = new WorkerLogs({ lines: 100, bytes: 1_000, allBytes: 2_000 });
  for (const id of ["a", "b"]) logs.add(id, [line(1, 800)]);
  logs.add("a", [line(2, 10)]);
  logs.add("c", [line(1, 800)]);
  expect(logs.list("b", all)).toBeUndefined();
  expect(logs.list("a", all)?.lines).toHaveLength(2);
  expect(logs.list("c", all)?.lines).toHaveLength(1);
});

test("takes no line out of order, and cuts one that is too long", () => {
  const logs = new WorkerLogs();
  logs.add("a", [line(3), line(2), line(Number.NaN), line(2 ** 60), line(4, 10_000)]);
  expect(logs.list("a", all)?.lines.map(({ sequence, message }) => [sequence, message.length])).toEqual([
    [3, 10],
    [4, 4_096],
  ]);
});
