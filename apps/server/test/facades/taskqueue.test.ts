import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { TaskQueue } from "@tributary/proto/taskqueue/taskqueue_pb";
import { LogStream } from "@tributary/proto/tributary/v1/logs_pb";
import { TaskService } from "@tributary/proto/tributary/v1/tasks_pb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HandWorker } from "#test/hand-worker.ts";
import { type InProcess, openInProcess, worker } from "#test/in-process.ts";

let server: InProcess;

beforeAll(async () => {
  server = await openInProcess();
});
afterAll(() => server.close());

const queue = () => createClient(TaskQueue, server.transport());

async function codeOf(call: Promise<unknown>): Promise<Code | undefined> {
  return call.then(
    () => undefined,
    (error: unknown) => ConnectError.from(error).code,
  );
}

describe("taskqueue.TaskQueue.SubmitTask", () => {
  it("numbers tasks from 1 and takes a bare or empty container", async () => {
    expect(await queue().submitTask({ command: "echo one", container: "" })).toMatchObject({ taskId: 1 });
    expect(await queue().submitTask({ command: "echo two\necho more", container: "bare" })).toMatchObject({
      taskId: 2,
    });
    expect(await queue().submitTask({ command: "" })).toMatchObject({ taskId: 3 });
  });

  it("refuses NUL characters, and containers that are no names of images", async () => {
    for (const container of ["-v/:/host", "--privileged", "dir:/etc", "a b", "Upper/Case", "x".repeat(501)]) {
      const call = queue().submitTask({ command: "x", container });
      await expect(call).rejects.toThrow(/container: ".+ is not the name of an image/);
      expect(await codeOf(queue().submitTask({ command: "x", container }))).toBe(Code.InvalidArgument);
    }
    expect(await codeOf(queue().submitTask({ command: "a\0b" }))).toBe(Code.InvalidArgument);
  });
});

describe("taskqueue.TaskQueue.ListTasks", () => {
  it("lists by id, filters by exactly one letter, and knows no task of an unknown one", async () => {
    const all = (await queue().listTasks({})).tasks;
    expect(all.map(({ taskId, command, status }) => [taskId, command, status])).toEqual([
      [1, "echo one", "P"],
      [2, "echo two\necho more", "P"],
      [3, "", "P"],
    ]);
    expect((await queue().listTasks({ statusFilter: "" })).tasks).toHaveLength(3);
    expect((await queue().listTasks({ statusFilter: "P" })).tasks).toHaveLength(3);
    expect((await queue().listTasks({ statusFilter: "PS" })).tasks).toEqual([]);
    expect((await queue().listTasks({ statusFilter: "q" })).tasks).toEqual([]);
  });
});

describe("taskqueue.TaskQueue.SubmitTask with an image", () => {
  it("keeps the image, gives it to a worker that runs containers, and says why no other gets it", async () => {
    const { taskId } = await queue().submitTask({ command: "echo x", container: "registry.example.org:5000/a/b:1.0" });
    const tasks = createClient(TaskService, server.transport());
    const { spec, task } = await tasks.getTask({ id: taskId });
    expect(spec).toMatchObject({ environment: "image", image: "registry.example.org:5000/a/b:1.0" });
    expect(task?.reason?.code).toBe("no-worker");
    const listed = (await queue().listTasks({})).tasks.find((task) => task.taskId === taskId);
    expect(listed?.container).toBe("registry.example.org:5000/a/b:1.0");
    await tasks.cancelTask({ id: taskId });
  });
});

describe("taskqueue.TaskQueue.StreamTaskLogs", () => {
  it("answers stdout line by line from the start to its present end", async () => {
    const hand = await HandWorker.start(server.transport(worker), { slots: 1 });
    const { attempt } = await hand.take();
    expect((await queue().listTasks({ statusFilter: "R" })).tasks.map(({ taskId }) => taskId)).toEqual([1]);
    await hand.log(attempt, "one\ntwo\n");
    await hand.log(attempt, "not this\n", LogStream.STDERR);
    await hand.log(attempt, "three");
    const lines = await Array.fromAsync(queue().streamTaskLogs({ taskId: 1 }));
    expect(lines.map(({ taskId, logType, logText }) => [taskId, logType, logText])).toEqual([
      [1, "stdout", "one"],
      [1, "stdout", "two"],
      [1, "stdout", "three"],
    ]);
    await hand.exit(attempt, 3);
    expect((await queue().listTasks({ statusFilter: "F" })).tasks.map(({ taskId }) => taskId)).toEqual([1]);
    hand.stop();
  });

  it("is empty for a task without output and refuses an unknown task", async () => {
    expect(await Array.fromAsync(queue().streamTaskLogs({ taskId: 3 }))).toEqual([]);
    expect(await codeOf(Array.fromAsync(queue().streamTaskLogs({ taskId: 99 })))).toBe(Code.NotFound);
  });
});
