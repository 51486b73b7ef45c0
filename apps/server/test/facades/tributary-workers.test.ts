import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code, createClient } from "@connectrpc/connect";
import { AmeService } from "@tributary/proto/ame/v1/ame_pb";
import { TaskQueue } from "@tributary/proto/taskqueue/taskqueue_pb";
import { DispatchService } from "@tributary/proto/tributary/v1/dispatch_pb";
import { LogLevel } from "@tributary/proto/tributary/v1/logs_pb";
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

rpc("tributary.v1.WorkerService.ExplainIdleWorker", () => {
  it("says of all that is queued why this worker has not taken it, whatever is queued first", async () => {
    const tasks = createClient(TaskService, server.transport());
    const hello = {
      name: "hello",
      executor: { case: "custom" as const, value: { pythonVersion: "3", command: "true" } },
    };
    const { name: projectId } = await createClient(AmeService, server.transport()).createProject({
      cfg: { name: "churn", tasks: [hello] },
    });
    const queue = async (count: number, resources: Record<string, string>) => {
      const ids: number[] = [];
      for (let left = count; left > 0; left--) {
        ids.push((await tasks.runTask({ projectId, taskName: "hello", resources })).task!.id);
      }
      return ids;
    };
    const hand = await HandWorker.start(server.transport(worker), { slots: 2, cpuMillis: 2_000, memoryBytes: 2 ** 32 });
    const idle = () => workers().explainIdleWorker({ id: "hand" });
    expect(await idle()).toMatchObject({ reasons: [], explainedCount: 0 });
    const [firstHuge] = await queue(120, { cpu: "64" });
    const [firstWide] = await queue(2, { memory: "8Gi" });
    await workers().drainWorker({ id: "hand" });
    const small = await queue(3, { cpu: "1" });
    expect(await idle()).toMatchObject({ reasons: [{ reason: { code: "draining" }, count: 125 }] });
    await workers().resumeWorker({ id: "hand" });
    await hand.take();
    await hand.take();
    expect(await idle()).toMatchObject({
      explainedCount: 123,
      reasons: [
        {
          reason: { code: "too-big", message: "hand has 2 CPUs, 64 CPUs are asked for" },
          count: 120,
          firstTaskId: firstHuge,
        },
        {
          reason: { code: "too-big", message: "hand has 4 GiB of memory, 8 GiB of memory are asked for" },
          count: 2,
          firstTaskId: firstWide,
        },
        { reason: { code: "busy", message: "hand runs 2 tasks in 2 slots" }, count: 1, firstTaskId: small[2] },
      ],
    });
    hand.stop();
  });

  it("refuses a worker that nobody knows", async () => {
    expect(await refusal(workers().explainIdleWorker({ id: "nobody" }))).toEqual({
      code: Code.NotFound,
      message: "id: there is no worker nobody",
    });
  });
});

rpc("tributary.v1.WorkerService.ListWorkerLogLines", () => {
  const line = (sequence: number, message: string) => ({
    sequence: BigInt(sequence),
    time: timestampFromMs(1_700_000_000_000 + sequence),
    level: LogLevel.WARN,
    message,
  });
  const register = (id: string) =>
    createClient(DispatchService, server.transport(worker)).register({
      workerId: id,
      name: id,
      slots: 1,
      cpuMillis: 1_000n,
      memoryBytes: 1n,
    });
  const tell = (workerId: string, ownLog: ReturnType<typeof line>[], gone = false) =>
    createClient(DispatchService, server.transport(worker)).heartbeat({ workerId, ownLog, gone });
  const messages = async (ask: { id: string; after?: bigint; pageSize?: number }) =>
    (await workers().listWorkerLogLines(ask)).lines.map(({ message }) => message);

  it("answers what the worker has said, once, from any line on, and after it has gone", async () => {
    expect((await register("teller")).ownLogSequence).toBe(0n);
    expect(await workers().listWorkerLogLines({ id: "teller" })).toMatchObject({ lines: [], heard: false });
    await tell("teller", [line(5, "five"), line(6, "six")]);
    await tell("teller", [line(6, "six again"), line(7, "seven")]);
    await tell("teller", [line(8, "good-bye")], true);
    const first = await workers().listWorkerLogLines({ id: "teller", pageSize: 3 });
    expect(first).toMatchObject({ heard: true, more: true, lastSequence: 7n });
    expect(first.lines.map(({ message }) => message)).toEqual(["five", "six", "seven"]);
    expect(first.lines[0]).toMatchObject({
      sequence: 5n,
      level: LogLevel.WARN,
      time: timestampFromMs(1_700_000_000_005),
      gapBefore: false,
    });
    expect(await workers().listWorkerLogLines({ id: "teller", after: 7n })).toMatchObject({
      lines: [{ message: "good-bye" }],
      more: false,
    });
    expect(await workers().listWorkerLogLines({ id: "teller", after: 8n })).toMatchObject({
      lines: [],
      lastSequence: 8n,
    });
    expect((await register("teller")).ownLogSequence).toBe(8n);
  });

  it("keeps the newest lines, and says where others were", async () => {
    await register("chatty");
    for (let from = 1; from <= 2_000; from += 500) {
      await tell(
        "chatty",
        Array.from({ length: 500 }, (_, at) => line(from + at, `line ${from + at}`)),
      );
    }
    const { lines, more } = await workers().listWorkerLogLines({ id: "chatty", pageSize: 1_000 });
    expect(more).toBe(false);
    expect(lines).toHaveLength(1_000);
    expect(lines[0]).toMatchObject({ message: "line 1001", gapBefore: true });
    expect(lines.filter(({ gapBefore }) => gapBefore)).toHaveLength(1);
    // Beyond the newest: the worker's clock has gone back, and the caller is told everything.
    expect((await messages({ id: "chatty", after: 9_999n })).at(0)).toBe("line 1001");
  });

  it("keeps what one worker says from others, and takes no line in another's name", async () => {
    await register("quiet");
    const stranger = server.transport({ ...worker, name: "stranger", tokenId: "tok_stranger" });
    const told = createClient(DispatchService, stranger).heartbeat({ workerId: "quiet", ownLog: [line(1, "forged")] });
    expect((await refusal(told)).code).toBe(Code.PermissionDenied);
    await tell("quiet", [line(1, "mine")]);
    expect(await messages({ id: "quiet" })).toEqual(["mine"]);
  });

  it("refuses a worker that nobody knows", async () => {
    expect(await refusal(workers().listWorkerLogLines({ id: "nobody" }))).toEqual({
      code: Code.NotFound,
      message: "id: there is no worker nobody",
    });
  });
});
