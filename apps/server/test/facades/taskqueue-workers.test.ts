import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { TaskQueue } from "@tributary/proto/taskqueue/taskqueue_pb";
import { WorkerKind, WorkerService } from "@tributary/proto/tributary/v1/workers_pb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { admin, type InProcess, openInProcess } from "#test/in-process.ts";

let server: InProcess;

beforeAll(async () => {
  server = await openInProcess();
});
afterAll(async () => {
  expect(server.faults).toEqual([]);
  await server.close();
});

const queue = () => createClient(TaskQueue, server.transport());

async function refused(call: Promise<unknown>): Promise<[Code, string]> {
  return call.then(
    () => {
      throw new Error("it was not refused");
    },
    (error: unknown) => {
      const { code, rawMessage } = ConnectError.from(error);
      return [code, rawMessage];
    },
  );
}

/** A number of a worker that has been assigned a new task. */
async function assigned(name: string): Promise<{ workerId: number; taskId: number }> {
  const { taskId } = await queue().submitTask({ command: "true", container: "bare" });
  const { workerId } = await queue().registerWorker({ name, concurrency: 1 });
  expect((await queue().pingAndTakeNewTasks({ workerId })).tasks.map((task) => task.taskId)).toEqual([taskId]);
  return { workerId, taskId };
}

describe("taskqueue.TaskQueue.RegisterWorker", () => {
  it("knows a worker by its name", async () => {
    const { workerId } = await queue().registerWorker({ name: "é/..", concurrency: 2 });
    expect(await queue().registerWorker({ name: "é/..", concurrency: 5 })).toMatchObject({ workerId });
    const { workers } = await createClient(WorkerService, server.transport()).listWorkers({});
    expect(workers.find(({ number }) => number === workerId)).toMatchObject({
      name: "é/..",
      kind: WorkerKind.SCITQ,
      online: true,
      slots: 2,
      draining: false,
      prefetch: 0,
    });
    expect(workers.find(({ number }) => number === workerId)?.offers).toEqual({});
  });

  it("refuses a worker that does not say how much it takes, and viewers", async () => {
    expect(await refused(queue().registerWorker({ name: "x" }))).toEqual([
      Code.InvalidArgument,
      "concurrency: is missing; say how many tasks the worker runs at a time",
    ]);
    for (const role of ["viewer", "runner"] as const) {
      const other = createClient(TaskQueue, server.transport({ name: "x", role }));
      expect((await refused(other.registerWorker({ name: "x", concurrency: 1 })))[0]).toBe(Code.PermissionDenied);
    }
    const limited = createClient(TaskQueue, server.transport({ ...admin, projects: ["p"] }));
    expect((await refused(limited.registerWorker({ name: "x", concurrency: 1 })))[0]).toBe(Code.PermissionDenied);
  });

  it("takes a worker's token", async () => {
    const other = createClient(TaskQueue, server.transport({ name: "w", role: "worker" }));
    expect((await other.registerWorker({ name: "by token", concurrency: 1 })).workerId).toBeGreaterThan(0);
  });
});

describe("taskqueue.TaskQueue.PingAndTakeNewTasks", () => {
  it("assigns what is queued, and repeats it until it is accepted", async () => {
    const { workerId, taskId } = await assigned("ping");
    const again = await queue().pingAndTakeNewTasks({ workerId });
    expect(again).toMatchObject({
      concurrency: 1,
      tasks: [{ taskId, command: "true", container: "bare", status: "A" }],
    });
    await queue().updateTaskStatus({ taskId, newStatus: "C" });
    expect((await queue().pingAndTakeNewTasks({ workerId })).tasks).toEqual([]);
    await queue().updateTaskStatus({ taskId, newStatus: "S" });
  });

  it("refuses a number that no worker has", async () => {
    expect(await refused(queue().pingAndTakeNewTasks({ workerId: 9_999 }))).toEqual([
      Code.NotFound,
      "worker_id: there is no worker 9999; register it",
    ]);
  });
});

describe("taskqueue.TaskQueue.UpdateTaskStatus", () => {
  it("lets the worker begin once, and takes how it goes on", async () => {
    const { taskId } = await assigned("status");
    const tell = async (newStatus: string) => (await queue().updateTaskStatus({ taskId, newStatus })).success;
    expect([await tell("C"), await tell("C"), await tell("R"), await tell("U"), await tell("S")]).toEqual([
      true,
      false,
      true,
      true,
      true,
    ]);
  });

  it("refuses letters that are no status, and steps that cannot follow", async () => {
    const { taskId } = await assigned("steps");
    const tell = (newStatus: string) => refused(queue().updateTaskStatus({ taskId, newStatus }));
    expect(await tell("q")).toEqual([
      Code.InvalidArgument,
      'new_status: "q" is no status of a task; say one of C P X D O R U V S F A W Z',
    ]);
    await queue().updateTaskStatus({ taskId, newStatus: "C" });
    await queue().updateTaskStatus({ taskId, newStatus: "U" });
    expect(await tell("R")).toEqual([
      Code.FailedPrecondition,
      `new_status: task ${taskId} is uploading; running cannot follow that`,
    ]);
    await queue().updateTaskStatus({ taskId, newStatus: "F" });
  });
});

describe("taskqueue.TaskQueue.SendTaskLogs", () => {
  it("keeps what a task writes", async () => {
    const { taskId } = await assigned("logs");
    await queue().updateTaskStatus({ taskId, newStatus: "C" });
    async function* lines() {
      yield { taskId, logType: "stdout", logText: "one" };
      yield { taskId, logType: "E", logText: "two" };
    }
    expect(await queue().sendTaskLogs(lines())).toMatchObject({ success: true });
    const headers = { stderr: "true" };
    const told = await Array.fromAsync(queue().streamTaskLogs({ taskId }, { headers }));
    expect(told.map(({ logType, logText }) => [logType, logText])).toEqual([
      ["stdout", "one"],
      ["stderr", "two"],
    ]);
  });

  it("refuses what names no stream, and unknown tasks", async () => {
    const send = (taskId: number, logType: string) =>
      refused(
        queue().sendTaskLogs(
          (async function* () {
            yield { taskId, logType, logText: "x" };
          })(),
        ),
      );
    expect(await send(1, "../x")).toEqual([
      Code.InvalidArgument,
      'log_type: "../x" names no stream; say stdout or stderr (or O or E)',
    ]);
    expect(await send(9_999, "O")).toEqual([Code.NotFound, "task_id: TaskQueue has no task 9999"]);
  });
});

describe("taskqueue.TaskQueue.ListWorkers", () => {
  it("lists all workers by number, ours too", async () => {
    const { workers } = await queue().listWorkers({});
    const numbers = workers.map(({ workerId }) => workerId);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect(workers[0]).toMatchObject({ name: "é/..", concurrency: 2 });
  });

  it("is refused without a principal that may look", async () => {
    const other = createClient(TaskQueue, server.transport({ name: "w", role: "worker" }));
    expect((await refused(other.listWorkers({})))[0]).toBe(Code.PermissionDenied);
  });
});
