import { Code, createClient } from "@connectrpc/connect";
import { TaskQueue } from "@tributary/proto/taskqueue/taskqueue_pb";
import { DispatchService } from "@tributary/proto/tributary/v1/dispatch_pb";
import { TaskService } from "@tributary/proto/tributary/v1/tasks_pb";
import { WorkerService } from "@tributary/proto/tributary/v1/workers_pb";
import { expect, it, vi } from "vitest";
import { refusal, rpc, server } from "#test/facades/suite.ts";
import { HandWorker } from "#test/hand-worker.ts";
import { worker } from "#test/in-process.ts";

const workers = () => createClient(WorkerService, server.transport());
const submit = async () =>
  (await createClient(TaskQueue, server.transport()).submitTask({ command: "echo hi" })).taskId;
const reasonOf = async (id: number) =>
  (await createClient(TaskService, server.transport()).getTask({ id })).task?.reason?.code;
const shown = async (id: string) => (await workers().listWorkers({})).workers.find((one) => one.id === id);

rpc("tributary.v1.WorkerService.DrainWorker", () => {
  it("lets a worker keep what it has and gives it nothing new, also when it registers again", async () => {
    const hand = await HandWorker.start(server.transport(worker));
    const first = await submit();
    const { attempt } = await hand.take();
    await workers().drainWorker({ id: "hand" });
    await workers().drainWorker({ id: "hand" });
    const second = await submit();
    expect(await reasonOf(second)).toBe("draining");
    expect(await shown("hand")).toMatchObject({ draining: true, taskIds: [first] });
    await hand.exit(attempt, 0);
    hand.stop();
    const again = await HandWorker.start(server.transport(worker));
    expect(await shown("hand")).toMatchObject({ draining: true, online: true, taskIds: [] });
    expect(await reasonOf(second)).toBe("draining");
    again.stop();
  });

  it("refuses a worker that nobody knows", async () => {
    expect(await refusal(workers().drainWorker({ id: "nobody" }))).toEqual({
      code: Code.NotFound,
      message: "id: there is no worker nobody",
    });
  });
});

rpc("tributary.v1.WorkerService.ResumeWorker", () => {
  it("has the worker take what has waited, at once", async () => {
    const hand = await HandWorker.start(server.transport(worker));
    await workers().drainWorker({ id: "hand" });
    const id = await submit();
    await workers().resumeWorker({ id: "hand" });
    expect((await hand.take()).attempt?.taskId).toBe(id);
    expect(await shown("hand")).toMatchObject({ draining: false });
    hand.stop();
  });

  it("refuses one that was told on its machine to end", async () => {
    const client = createClient(DispatchService, server.transport(worker));
    await client.register({ workerId: "leaver", name: "leaver", slots: 1, cpuMillis: 1_000n, memoryBytes: 1n });
    await client.heartbeat({ workerId: "leaver", draining: true });
    await vi.waitFor(async () => expect(await shown("leaver")).toMatchObject({ draining: true }));
    const { code, message } = await refusal(workers().resumeWorker({ id: "leaver" }));
    expect(code).toBe(Code.FailedPrecondition);
    expect(message).toContain("start it again there");
  });
});
