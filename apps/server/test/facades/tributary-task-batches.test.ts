import { Code, createClient } from "@connectrpc/connect";
import { TaskQueue } from "@tributary/proto/taskqueue/taskqueue_pb";
import { TaskBatchAct, TaskBatchService, TaskBatchState } from "@tributary/proto/tributary/v1/task_batches_pb";
import { TaskService, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { expect, it } from "vitest";
import type { Principal } from "#core/principal.ts";
import { advanceTaskBatches } from "#core/task-batches/advance-task-batches.ts";
import { refusal, rpc, server } from "#test/facades/suite.ts";
import { HandWorker } from "#test/hand-worker.ts";
import { worker } from "#test/in-process.ts";

const batches = (principal?: Principal) => createClient(TaskBatchService, server.transport(principal));
const tasks = () => createClient(TaskService, server.transport());
const submit = async (command = "true") =>
  (await createClient(TaskQueue, server.transport()).submitTask({ command })).taskId;

async function submitMany(count: number, command?: string): Promise<number[]> {
  const ids: number[] = [];
  for (let n = 0; n < count; n++) ids.push(await submit(command));
  return ids;
}

const states = async (ids: readonly number[]) =>
  Promise.all(ids.map(async (id) => (await tasks().getTask({ id })).task?.state));
const byIds = (ids: readonly number[]) => ({ case: "tasks" as const, value: { ids: [...ids] } });

async function finish(): Promise<void> {
  while (await advanceTaskBatches(server.ports));
}

rpc("tributary.v1.TaskBatchService.CreateTaskBatch", () => {
  it("cancels the tasks of a filter, page by page, and none that was made after it", async () => {
    const old = await submitMany(230, "echo old");
    const other = await submit("echo other");
    const { batch } = await batches().createTaskBatch({
      act: TaskBatchAct.CANCEL,
      target: { case: "filter", value: { text: "OLD" } },
    });
    expect(batch).toMatchObject({ state: TaskBatchState.RUNNING, expected: 230, done: 0, creator: "local" });
    expect(await states(old.slice(0, 1))).toEqual([TaskState.QUEUED]);
    // So that its time of creation is another.
    await expect.poll(() => server.ports.clock.now()).toBeGreaterThan(Number(batch!.createTime!.seconds) * 1_000 + 999);
    const later = await submit("echo old but later");
    await advanceTaskBatches(server.ports);
    expect((await batches().getTaskBatch({ id: batch!.id })).batch).toMatchObject({ done: 100 });
    await finish();
    expect((await batches().getTaskBatch({ id: batch!.id })).batch).toMatchObject({
      state: TaskBatchState.DONE,
      done: 230,
      refused: 0,
      endTime: expect.anything(),
    });
    expect(new Set(await states(old))).toEqual(new Set([TaskState.CANCELLED]));
    expect(await states([other, later])).toEqual([TaskState.QUEUED, TaskState.QUEUED]);
  });

  it("runs tasks again by their ids, each once, and tells which refused and why", async () => {
    const hand = await HandWorker.start(server.transport(worker), { slots: 1 });
    const { attempt } = await hand.take();
    hand.stop();
    const ended = attempt.taskId;
    await hand.exit(attempt, 1);
    const waits = await submit();
    const { batch } = await batches().createTaskBatch({
      act: TaskBatchAct.RETRY,
      target: byIds([ended, waits, 999_999, ended]),
    });
    expect(batch).toMatchObject({ expected: 3 });
    await finish();
    const answer = await batches().getTaskBatch({ id: batch!.id });
    expect(answer.batch).toMatchObject({ state: TaskBatchState.DONE, done: 1, refused: 2 });
    expect(answer.refusals).toMatchObject([
      { taskId: waits, message: expect.stringContaining("has not ended") },
      { taskId: 999_999, message: expect.stringContaining("999999") },
    ]);
    const copies = (await tasks().listTasks({ pageSize: 1_000 })).tasks.filter(({ retryOf }) => retryOf === ended);
    expect(copies).toHaveLength(1);
  });

  it("runs tasks of a filter again with the same changes to each, and names changes that nothing can be run with", async () => {
    const old = await submitMany(3, "echo changed");
    for (const id of old) await tasks().cancelTask({ id });
    const target = { case: "filter" as const, value: { text: "echo changed" } };
    const ask = { act: TaskBatchAct.RETRY, target };
    const changes = { resources: { memory: "2Gi" }, variables: [{ name: "BATCH", value: "64" }] };
    await batches().createTaskBatch({ ...ask, changes });
    await finish();
    const { tasks: found } = await tasks().listTasks({ filter: { text: "echo changed" } });
    const again = found.filter(({ retryOf }) => old.includes(retryOf));
    expect(again).toHaveLength(3);
    for (const { id } of again) {
      const { spec } = await tasks().getTask({ id });
      expect(spec).toMatchObject({ command: "echo changed", ...changes });
    }
    expect(
      await refusal(batches().createTaskBatch({ ...ask, changes: { resources: { memory: "lots" } } })),
    ).toMatchObject({ code: Code.InvalidArgument, message: expect.stringContaining("memory") });
    expect(await refusal(batches().createTaskBatch({ ...ask, act: TaskBatchAct.CANCEL, changes }))).toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining("changes"),
    });
  });

  it("refuses a batch without act, without tasks, by a viewer; and touches nothing that its caller does not see", async () => {
    const target = byIds([1]);
    expect(await refusal(batches().createTaskBatch({ target }))).toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining("act"),
    });
    expect(await refusal(batches().createTaskBatch({ act: TaskBatchAct.CANCEL }))).toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining("name tasks, or send a filter"),
    });
    const viewer = batches({ name: "vic", role: "viewer" });
    expect(await refusal(viewer.createTaskBatch({ act: TaskBatchAct.CANCEL, target }))).toMatchObject({
      code: Code.PermissionDenied,
    });
    const id = await submit();
    const limited = batches({ name: "ana", role: "runner", projects: ["churn"] });
    for (const aim of [byIds([id]), { case: "filter" as const, value: {} }]) {
      await limited.createTaskBatch({ act: TaskBatchAct.CANCEL, target: aim });
    }
    await finish();
    expect(await states([id])).toEqual([TaskState.QUEUED]);
    expect((await limited.listTaskBatches({})).batches.map(({ done, refused }) => [done, refused]).sort()).toEqual([
      [0, 0],
      [0, 1],
    ]);
  });
});

rpc("tributary.v1.TaskBatchService.GetTaskBatch", () => {
  it("goes on where a server was when it ended, and refuses one that is not known", async () => {
    const ids = await submitMany(150);
    const { batch } = await batches().createTaskBatch({ act: TaskBatchAct.CANCEL, target: byIds(ids) });
    const { store } = server.ports;
    // All that was written goes when the unit fails, as when the process does.
    const failing = {
      ...server.ports,
      store: { ...store, view: store.view, transact: () => Promise.reject(new Error("the disk is gone")) },
    };
    await expect(advanceTaskBatches(failing as never)).rejects.toThrow("the disk is gone");
    await advanceTaskBatches(server.ports);
    expect((await batches().getTaskBatch({ id: batch!.id })).batch).toMatchObject({ done: 100 });
    await finish();
    expect((await batches().getTaskBatch({ id: batch!.id })).batch).toMatchObject({ done: 150, refused: 0 });
    expect(await refusal(batches().getTaskBatch({ id: "nope" }))).toMatchObject({ code: Code.NotFound });
  });
});

rpc("tributary.v1.TaskBatchService.StopTaskBatch", () => {
  it("touches no more tasks, stays stopped, and refuses one that is not known", async () => {
    const ids = await submitMany(120);
    const { batch } = await batches().createTaskBatch({ act: TaskBatchAct.CANCEL, target: byIds(ids) });
    await advanceTaskBatches(server.ports);
    expect((await batches().stopTaskBatch({ id: batch!.id })).batch).toMatchObject({
      state: TaskBatchState.STOPPED,
      done: 100,
    });
    await finish();
    expect((await batches().stopTaskBatch({ id: batch!.id })).batch?.state).toBe(TaskBatchState.STOPPED);
    expect((await states(ids)).filter((state) => state === TaskState.QUEUED)).toHaveLength(20);
    expect(await refusal(batches().stopTaskBatch({ id: "nope" }))).toMatchObject({ code: Code.NotFound });
  });
});

rpc("tributary.v1.TaskBatchService.ListTaskBatches", () => {
  it("answers newest first, keeps the newest, and refuses a worker", async () => {
    const target = byIds([999_999]);
    for (let n = 0; n < 103; n++) {
      await batches().createTaskBatch({ act: TaskBatchAct.CANCEL, target });
      await finish();
    }
    const listed = (await batches().listTaskBatches({})).batches;
    expect(listed).toHaveLength(100);
    const times = listed.map(({ createTime }) => Number(createTime!.seconds) * 1e9 + createTime!.nanos);
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    expect(await refusal(batches(worker).listTaskBatches({}))).toMatchObject({ code: Code.PermissionDenied });
  });
});
