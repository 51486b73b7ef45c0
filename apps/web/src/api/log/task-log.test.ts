import { create } from "@bufbuild/protobuf";
import { createRouterTransport } from "@connectrpc/connect";
import { waitFor } from "@testing-library/react";
import { type FollowLogResponse, FollowLogResponseSchema, LogService } from "@tributary/proto/tributary/v1/logs_pb";
import { TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { afterEach, expect, test, vi } from "vitest";

import { World } from "#api/fixtures/world.ts";
import { worldTransport } from "#api/fixtures/world-transport.ts";
import { openTaskLog } from "#api/log/task-log.ts";

const opened: AbortController[] = [];
afterEach(() => {
  for (const each of opened.splice(0)) each.abort();
});

function signal(): AbortSignal {
  const opening = new AbortController();
  opened.push(opening);
  return opening.signal;
}

function open(world: World) {
  return openTaskLog({ transport: worldTransport(world), taskId: 1, signal: signal() });
}

function numbered(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => `line ${from + index}`);
}

test("the end comes at once, earlier lines when they are looked at", async () => {
  const world = new World();
  world.putTask({ id: 1, state: TaskState.ACTIVE });
  world.writeLog(1, numbered(0, 5000));
  const log = open(world);
  await waitFor(() => expect(log.lineCount).toBe(5000));
  expect((await log.lines(4998, 5000)).map((line) => line.text)).toEqual(["line 4998", "line 4999"]);
  expect(world.calls.some((call) => call.method === "readLogLines")).toBe(false);
  expect((await log.lines(2, 4)).map((line) => line.text)).toEqual(["line 2", "line 3"]);
  expect(world.calls.some((call) => call.method === "readLogLines")).toBe(true);
});

test("lines that come are there, and the end of the task ends the log", async () => {
  const world = new World();
  world.putTask({ id: 1, state: TaskState.ACTIVE });
  const log = open(world);
  world.writeLog(1, ["first"]);
  await waitFor(() => expect(log.lineCount).toBe(1));
  world.writeLog(1, ["second"]);
  world.putTask({ id: 1, state: TaskState.SUCCEEDED });
  await waitFor(() => expect(log.ended).toBe(true));
  expect((await log.lines(0, 2)).map((line) => line.text)).toEqual(["first", "second"]);
});

test("a lost connection goes on at the next offset: nothing twice, nothing lost", async () => {
  const world = new World();
  world.putTask({ id: 1, state: TaskState.ACTIVE });
  world.writeLog(1, numbered(0, 3));
  const log = open(world);
  await waitFor(() => expect(log.lineCount).toBe(3));
  world.cut();
  world.writeLog(1, numbered(3, 1503));
  await waitFor(() => expect(log.lineCount).toBe(1503));
  expect((await log.lines(0, 5)).map((line) => line.text)).toEqual(numbered(0, 5));
  expect(world.calls.filter((call) => call.method === "followLog").length).toBe(2);
  expect(world.calls.some((call) => call.method === "readLogLines")).toBe(false);
});

test("a tab that nobody sees, even from the start, follows nothing, and goes on when it is seen", async () => {
  const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
  try {
    const world = new World();
    world.putTask({ id: 1, state: TaskState.ACTIVE });
    world.writeLog(1, numbered(0, 3));
    const log = open(world);
    await waitFor(() => expect(log.lineCount).toBe(3));
    await new Promise((resolve) => setTimeout(resolve, 1300));
    world.writeLog(1, numbered(3, 6));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(log.lineCount).toBe(3);
    hidden.mockReturnValue(false);
    document.dispatchEvent(new Event("visibilitychange"));
    await waitFor(() => expect(log.lineCount).toBe(6));
    expect((await log.lines(0, 6)).map((line) => line.text)).toEqual(numbered(0, 6));
  } finally {
    hidden.mockRestore();
  }
});

test("what comes too fast is counted, and only its end is sent", async () => {
  const encoder = new TextEncoder();
  const size = { lineCount: 200_000, byteCount: 3_000_000n, ended: true };
  const parts: FollowLogResponse[] = [
    create(FollowLogResponseSchema, { nextOffset: 0n, size: { lineCount: 2, byteCount: 10n } }),
    create(FollowLogResponseSchema, {
      chunks: [{ offset: 0n, firstLine: 0, attempt: 1, content: encoder.encode("first\nhalf") }],
      nextOffset: 10n,
      size: { lineCount: 2, byteCount: 10n },
    }),
    create(FollowLogResponseSchema, {
      chunks: [
        { offset: 2_900_000n, firstLine: 199_000, attempt: 3, content: encoder.encode(numbered(0, 999).join("\n")) },
        { offset: 2_999_995n, firstLine: 199_998, attempt: 3, content: encoder.encode("!\nend\n") },
      ],
      nextOffset: 3_000_000n,
      size,
    }),
  ];
  const asked: number[] = [];
  const requests: number[] = [];
  const transport = createRouterTransport(({ service }) =>
    service(LogService, {
      async *followLog({ newestLines }) {
        requests.push(newestLines);
        yield* parts;
      },
      readLogLines: ({ firstLine, limit }) => {
        asked.push(firstLine);
        return {
          lines: Array.from({ length: limit }, (_, index) => ({ number: firstLine + index, text: "read" })),
          size,
        };
      },
    }),
  );
  const onMissedAttempt = vi.fn();
  const log = openTaskLog({ transport, taskId: 1, signal: signal(), onMissedAttempt });
  await waitFor(() => expect(log.lineCount).toBe(200_000));
  expect((await log.lines(199_998, 200_000)).map((line) => line.text)).toEqual(["line 998!", "end"]);
  expect((await log.lines(199_000, 199_001)).map((line) => line.text)).toEqual(["line 0"]);
  expect(asked).toEqual([]);
  expect(requests).toEqual([1000]);
  // the line whose end was not sent is read anew, like those that were not sent
  expect((await log.lines(0, 3)).map((line) => line.text)).toEqual(["first", "read", "read"]);
  expect(onMissedAttempt).toHaveBeenCalledTimes(1);
});

test("what is not kept is said where somebody looks, and is not taken for lines", async () => {
  const gap = { offset: 6n, byteCount: 600n, firstLine: 1, lineCount: 100 };
  const encoder = new TextEncoder();
  const size = { lineCount: 102, byteCount: 612n, ended: true, errorCount: 3, warningCount: 2 };
  const transport = createRouterTransport(({ service }) =>
    service(LogService, {
      async *followLog() {
        const chunks = [
          { firstLine: 0, attempt: 1, content: encoder.encode("first\n") },
          { firstLine: 1, content: encoder.encode("[left out]\n"), gap },
          { firstLine: 101, attempt: 1, content: encoder.encode("last!\n") },
        ];
        yield create(FollowLogResponseSchema, { chunks, size, nextOffset: 612n });
      },
      readLogLines: ({ firstLine }) => ({
        lines: [
          { number: firstLine, text: "[left out]", gap },
          { number: 101, text: "last!" },
        ],
        size,
      }),
    }),
  );
  const log = openTaskLog({ transport, taskId: 1, signal: signal() });
  await waitFor(() => expect(log.ended).toBe(true));
  expect(log.lineCount).toBe(102);
  expect(log.levels).toEqual({ error: 3, warn: 2 });
  const lines = await log.lines(0, 102);
  expect([lines[0]?.text, lines[1]?.text, lines[1]?.left, lines.at(-1)?.text]).toEqual([
    "first",
    "[left out]",
    true,
    "last!",
  ]);
  expect(lines).toHaveLength(102);
  expect(lines.filter(({ text }) => text === "[left out]")).toHaveLength(10);
});

test("the first line of each attempt is told", async () => {
  const world = new World();
  world.putTask({ id: 1, state: TaskState.FAILED });
  world.writeLog(1, [...numbered(0, 2), { text: "again", attempt: 2 }]);
  const told: [number, number][] = [];
  openTaskLog({
    transport: worldTransport(world),
    taskId: 1,
    signal: signal(),
    onAttempt: (attempt, line) => told.push([attempt, line]),
  });
  await waitFor(() =>
    expect(told).toEqual([
      [1, 1],
      [2, 3],
    ]),
  );
});
