import { create, type DescMessage, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { AppendLogRequestSchema, LogPieceSchema } from "@tributary/proto/tributary/v1/dispatch_pb";
import { LogStream } from "@tributary/proto/tributary/v1/logs_pb";
import { ListProjectsResponseSchema, ProjectSchema } from "@tributary/proto/tributary/v1/projects_pb";
import {
  AttemptSchema,
  GetAttemptUsageResponseSchema,
  GetTaskResponseSchema,
  ListTasksResponseSchema,
  TaskSchema,
  TaskState,
  UsagePointSchema,
} from "@tributary/proto/tributary/v1/tasks_pb";
import { expect, it } from "vitest";
import { encodedList } from "./encoded-list.ts";

/** A message of whose field nothing is known but its bytes, after it has gone over the wire. */
function sent<D extends DescMessage>(
  owner: D,
  init: MessageInitShape<D>,
  $unknown: ReturnType<ReturnType<typeof encodedList>>,
) {
  const message = Object.assign(create(owner, init), { $unknown });
  return fromBinary(owner, toBinary(owner, message));
}

it("writes what the library reads as the same messages", () => {
  const tasks: MessageInitShape<typeof TaskSchema>[] = [
    {},
    {
      id: 2 ** 32 - 1,
      title: "é",
      name: "x".repeat(42),
      creator: "é".repeat(43),
      state: TaskState.QUEUED,
      exitCode: 0,
    },
    { exitCode: -9, reason: { code: "exit-code", message: "🙂".repeat(40) }, createTime: timestampFromMs(-1_500) },
    { reason: {}, title: "t".repeat(130), createTime: timestampFromMs(1_795_350_703_612), endTime: timestampFromMs(0) },
    { reason: { message: "long ".repeat(10_000), hint: "ü".repeat(3_000_000) }, exitCode: 2 ** 31 - 1 },
    { id: 127, attempt: 128, retryOf: 16_384 },
  ];
  const encoded = encodedList(ListTasksResponseSchema, "tasks", TaskSchema);
  expect(sent(ListTasksResponseSchema, { total: 7 }, encoded(tasks))).toEqual(
    create(ListTasksResponseSchema, { tasks, total: 7 }),
  );
  expect(sent(ListTasksResponseSchema, { total: 7 }, encoded([]))).toEqual(
    create(ListTasksResponseSchema, { total: 7 }),
  );
  // The bytes of one answer stay when the next is written.
  const [first, second] = [encoded([tasks[1]!]), encoded([tasks[2]!])];
  expect(sent(ListTasksResponseSchema, {}, first).tasks).toEqual([create(TaskSchema, tasks[1])]);
  expect(sent(ListTasksResponseSchema, {}, second).tasks).toEqual([create(TaskSchema, tasks[2])]);
});

it("writes bytes, large numbers, and messages in messages", () => {
  const pieces = [{ stream: LogStream.STDERR, content: new Uint8Array(300).fill(7) }, { content: new Uint8Array() }];
  expect(
    sent(AppendLogRequestSchema, {}, encodedList(AppendLogRequestSchema, "pieces", LogPieceSchema)(pieces)),
  ).toEqual(create(AppendLogRequestSchema, { pieces }));
  const points = [{ memoryBytes: 2n ** 64n - 1n, diskBytes: 2n ** 53n, processes: 3, cpuTime: durationFromMs(12_345) }];
  const usage = encodedList(GetAttemptUsageResponseSchema, "points", UsagePointSchema);
  expect(sent(GetAttemptUsageResponseSchema, {}, usage(points))).toEqual(
    create(GetAttemptUsageResponseSchema, { points }),
  );
  const attempts = [{ number: 1, usage: { peakMemoryBytes: 2n ** 40n, cpuTime: durationFromMs(-1) } }];
  expect(
    sent(GetTaskResponseSchema, {}, encodedList(GetTaskResponseSchema, "attempts", AttemptSchema)(attempts)),
  ).toEqual(create(GetTaskResponseSchema, { attempts }));
});

it("refuses at the start what it could not write", () => {
  expect(() => encodedList(ListProjectsResponseSchema, "projects", ProjectSchema)).toThrow("cannot be written");
  expect(() => encodedList(ListTasksResponseSchema, "projects", TaskSchema)).toThrow("has no such projects");
});
