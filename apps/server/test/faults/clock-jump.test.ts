import { createClient } from "@connectrpc/connect";
import { TaskQueue } from "@tributary/proto/taskqueue/taskqueue_pb";
import { AttemptOutcome, AttemptPhase, TaskService, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { expireLeases } from "#core/dispatch/expire-leases.ts";
import { releaseDueTasks } from "#core/tasks/release-due-tasks.ts";
import { HandWorker } from "#test/hand-worker.ts";
import { type InProcess, openInProcess, worker } from "#test/in-process.ts";
import { type ManualClock, manualClock } from "#test/manual-clock.ts";

const days = 86_400_000;
const lease = 30_000;

let clock: ManualClock;
let server: InProcess;
let hand: HandWorker;
beforeEach(async () => {
  clock = manualClock();
  server = await openInProcess({ clock });
  hand = await HandWorker.start(server.transport(worker), { slots: 4 });
});
afterEach(async () => {
  hand.stop();
  await server.close();
});

const submit = () => createClient(TaskQueue, server.transport()).submitTask({ command: "true" });
const get = (id: number) => createClient(TaskService, server.transport()).getTask({ id });

/** What the loops do. */
async function tick(): Promise<void> {
  await expireLeases(server.ports);
  await releaseDueTasks(server.ports);
}

describe.each([10 * days, -10 * days])("a wall clock that jumps by %i ms", (jump) => {
  it("ends no lease early and none late", async () => {
    const { taskId } = await submit();
    await hand.take();
    clock.jump(jump);
    clock.advance(lease - 1);
    await tick();
    expect((await get(taskId)).task?.state).toBe(TaskState.ACTIVE);
    clock.advance(1);
    await tick();
    expect((await get(taskId)).attempts[0]?.outcome).toBe(AttemptOutcome.LOST);
  });

  it("keeps numbers increasing and the queue in order", async () => {
    const ids = [(await submit()).taskId, (await submit()).taskId];
    const taken = [(await hand.take()).attempt.taskId, (await hand.take()).attempt.taskId];
    clock.jump(jump);
    ids.push((await submit()).taskId);
    taken.push((await hand.take()).attempt.taskId);
    expect(ids).toEqual([1, 2, 3]);
    expect(taken).toEqual(ids);
  });

  it("lets a task that backs off be tried again within the longest back-off", async () => {
    const { taskId } = await submit();
    const { attempt } = await hand.take();
    await hand.end(attempt, AttemptOutcome.LOST);
    expect((await get(taskId)).task?.state).toBe(TaskState.WAITING);
    clock.jump(jump);
    for (let n = 0; n < 10; n++) {
      clock.advance(lease - 1);
      await hand.client.heartbeat({ workerId: hand.id });
      await tick();
    }
    expect((await hand.take()).attempt).toMatchObject({ taskId, number: 2 });
  });

  it("takes the end of an attempt that ran across the jump", async () => {
    const { taskId } = await submit();
    const { attempt } = await hand.take();
    clock.jump(jump);
    expect(await hand.report(attempt, AttemptPhase.COLLECTING)).toBe(true);
    expect(await hand.exit(attempt)).toBe(true);
    expect((await get(taskId)).task).toMatchObject({ state: TaskState.SUCCEEDED, attempt: 1 });
  });
});
