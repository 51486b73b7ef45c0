import { createHash } from "node:crypto";
import { text } from "node:stream/consumers";
import { create } from "@bufbuild/protobuf";
import { Code, createClient } from "@connectrpc/connect";
import { AmeService } from "@tributary/proto/ame/v1/ame_pb";
import { TaskQueue } from "@tributary/proto/taskqueue/taskqueue_pb";
import {
  type Assignment,
  AttemptEndSchema,
  type AttemptRef,
  DispatchService,
} from "@tributary/proto/tributary/v1/dispatch_pb";
import { LogService } from "@tributary/proto/tributary/v1/logs_pb";
import { AttemptOutcome, AttemptPhase, TaskService, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { LimitMeans, WorkerService } from "@tributary/proto/tributary/v1/workers_pb";
import { extract } from "tar-stream";
import { expect, it } from "vitest";
import { expireLeases } from "#core/dispatch/expire-leases.ts";
import { bytes, hello, refusal, rpc, server } from "#test/facades/suite.ts";
import { HandWorker } from "#test/hand-worker.ts";
import { worker } from "#test/in-process.ts";

const dispatch = () => createClient(DispatchService, server.transport(worker));
const tasks = () => createClient(TaskService, server.transport());
const ame = () => createClient(AmeService, server.transport());

async function run(more: object = {}, task: object = hello): Promise<number> {
  const { name } = await ame().createProject({ cfg: { name: "p", tasks: [task] } });
  return (await tasks().runTask({ projectId: name, taskName: "hello", ...more })).task!.id;
}

const taskqueue = () => createClient(TaskQueue, server.transport());

/** Registers a worker; its orders one after another, without pings. */
async function ordersOf({
  id,
  slots,
  takesMany,
  takesAhead = false,
}: {
  id: string;
  slots: number;
  takesMany: boolean;
  takesAhead?: boolean;
}) {
  await dispatch().register({ workerId: id, name: id, slots, cpuMillis: 100_000n, memoryBytes: 2n ** 40n });
  const stop = new AbortController();
  const orders = dispatch()
    .lease({ workerId: id, takesMany, takesAhead }, { signal: stop.signal })
    [Symbol.asyncIterator]();
  return {
    async next() {
      for (;;) {
        const { done, value } = await orders.next();
        if (done || value.order.case !== "ping") return value?.order;
      }
    },
    stop() {
      orders.next().catch(() => {});
      stop.abort();
    },
  };
}

/** What is told of an attempt that was over in a moment. */
const shortRun = (attempt: AttemptRef) => [
  { attempt, sequence: 1, phase: AttemptPhase.RUNNING },
  { attempt, sequence: 2, phase: AttemptPhase.ENDED, end: { outcome: AttemptOutcome.SUCCEEDED } },
];

const stateOf = async (id: number) => (await tasks().getTask({ id })).task?.state;

rpc("tributary.v1.DispatchService.Register", () => {
  it("is for workers alone", async () => {
    const asPerson = createClient(DispatchService, server.transport());
    expect(await refusal(asPerson.register({ workerId: "x", name: "x", slots: 1 }))).toMatchObject({
      code: Code.PermissionDenied,
    });
    const asWorker = createClient(TaskService, server.transport(worker));
    expect(await refusal(asWorker.listTasks({}))).toMatchObject({ code: Code.PermissionDenied });
  });

  it("tells a worker that comes back which attempts are still its own, and how much of their output is kept", async () => {
    const id = await run();
    const hand = await HandWorker.start(server.transport(worker));
    const { attempt } = await hand.take();
    await hand.log(attempt, "hello");
    const answer = await dispatch().register({
      workerId: hand.id,
      name: "hand",
      slots: 2,
      held: [attempt, { taskId: id, number: 9 }, { taskId: 999, number: 1 }],
    });
    expect(answer.revoked).toMatchObject([
      { taskId: id, number: 9 },
      { taskId: 999, number: 1 },
    ]);
    expect(answer.logOffsets).toMatchObject([{ attempt: { taskId: id, number: 1 }, keptBytes: 5n }]);
    expect(answer.leaseDuration?.seconds).toBe(30n);
    await hand.exit(attempt);
    hand.stop();
  });

  it("keeps how the worker limits attempts, and tells an attempt how many processes it asked for", async () => {
    const hand = await HandWorker.start(server.transport(worker));
    const limits = {
      memory: LimitMeans.KERNEL,
      processes: LimitMeans.WATCHED,
      explanation: "No.",
      defaultProcesses: 9,
    };
    await dispatch().register({ workerId: hand.id, name: "hand", slots: 2, cpuMillis: 1_000n, limits });
    const { workers } = await createClient(WorkerService, server.transport()).listWorkers({});
    expect(workers).toMatchObject([{ name: "hand", limits }]);
    await run({}, { ...hello, resources: { pids: "120" } });
    expect((await hand.take()).processLimit).toBe(120);
    hand.stop();
  });

  it("counts attempts as lost that a worker had begun and comes back without", async () => {
    const id = await run();
    const hand = await HandWorker.start(server.transport(worker));
    const { attempt } = await hand.take();
    hand.stop();
    const back = await HandWorker.start(server.transport(worker));
    const { task, attempts } = await tasks().getTask({ id });
    expect(task).toMatchObject({ state: TaskState.WAITING, reason: { code: "backoff" } });
    expect(attempts[0]?.outcome).toBe(AttemptOutcome.LOST);
    expect(await back.exit(attempt)).toBe(false);
    expect(await stateOf(id)).toBe(TaskState.WAITING);
    back.stop();
  });

  it.each([
    [{ workerId: "", name: "x", slots: 1 }],
    [{ workerId: "a b", name: "x", slots: 1 }],
    [{ workerId: "x", name: "", slots: 1 }],
    [{ workerId: "x", name: "x", slots: 0 }],
  ])("refuses %j", async (ask) => {
    expect(await refusal(dispatch().register(ask))).toMatchObject({ code: Code.InvalidArgument });
  });
});

rpc("tributary.v1.DispatchService.Lease", () => {
  it("gives no more than the worker has slots and room for, oldest first, and more when room is made", async () => {
    const ids = [
      await run({ resources: { cpu: "2" } }),
      await run(),
      await run({ resources: { cpu: "0.5" } }),
      await run(),
    ];
    const hand = await HandWorker.start(server.transport(worker), { slots: 2, cpuMillis: 2_000 });
    const [first, second] = [await hand.take(), await hand.take()];
    expect([first.attempt.taskId, second.attempt.taskId]).toEqual([ids[0], ids[1]]);
    await hand.exit(second.attempt);
    // The third does not fit beside the first, the fourth does.
    const third = await hand.take();
    expect(third.attempt.taskId).toBe(ids[3]);
    await hand.exit(first.attempt);
    expect((await hand.take()).attempt.taskId).toBe(ids[2]);
    hand.stop();
  });

  it("gives a task to one worker only, and wakes as soon as one is queued", async () => {
    const a = await HandWorker.start(server.transport(worker), { id: "a" });
    const b = await HandWorker.start(server.transport(worker), { id: "b" });
    const wanted = Promise.race([a.order("assign"), b.order("assign")]);
    const id = await run();
    expect((await wanted).attempt?.taskId).toBe(id);
    const { attempts } = await tasks().getTask({ id });
    expect(attempts).toHaveLength(1);
    a.stop();
    b.stop();
  });

  it("tells a worker that takes many of all that it gets in one message, and others of each by itself", async () => {
    const ids = [await run(), await run(), await run()];
    const many = await ordersOf({ id: "many", slots: 3, takesMany: true });
    const order = await many.next();
    const given: readonly Assignment[] = order?.case === "assignMany" ? order.value.assignments : [];
    expect(given.map(({ attempt }) => attempt?.taskId)).toEqual(ids);
    expect(given.map(({ command }) => command.case)).toEqual(["shell", "shell", "shell"]);
    many.stop();
    const others = [await run(), await run()];
    const each = await ordersOf({ id: "each", slots: 3, takesMany: false });
    const orders = [await each.next(), await each.next()];
    expect(orders.map((one) => one?.case === "assign" && one.value.attempt?.taskId)).toEqual(others);
    each.stop();
  });

  it.each([
    [true, [false, false, true, true]],
    [false, [false, false]],
  ])("gives a worker whose attempts are short some ahead, if it takes them: %s", async (takesAhead, expected) => {
    const id = `ahead-${takesAhead}`;
    const ids = [];
    for (let n = 0; n < 6; n++) ids.push(await run());
    const orders = await ordersOf({ id, slots: 2, takesMany: true, takesAhead });
    const next = async (): Promise<readonly Assignment[]> => {
      const order = await orders.next();
      return order?.case === "assignMany" ? order.value.assignments : [];
    };
    const first = await next();
    expect(first.map(({ ahead }) => ahead)).toEqual([false, false]);
    const reports = first.flatMap(({ attempt }) => [
      { attempt: attempt!, sequence: 1, phase: AttemptPhase.RUNNING },
      { attempt: attempt!, sequence: 2, phase: AttemptPhase.ENDED, end: { outcome: AttemptOutcome.SUCCEEDED } },
    ]);
    await dispatch().report({ workerId: id, reports });
    expect((await next()).map(({ ahead }) => ahead)).toEqual(expected);
    orders.stop();
    for (const taskId of ids.slice(first.length)) await tasks().cancelTask({ id: taskId });
  });

  it("lets what a lost worker was given ahead and never told of spend nothing, once", async () => {
    const id = "short-lived";
    const ids: number[] = [];
    for (let n = 0; n < 4; n++) ids.push(await run());
    const orders = await ordersOf({ id, slots: 1, takesMany: true, takesAhead: true });
    const next = async (): Promise<readonly Assignment[]> => {
      const order = await orders.next();
      return order?.case === "assignMany" ? order.value.assignments : [];
    };
    const [first] = await next();
    await dispatch().report({ workerId: id, reports: shortRun(first!.attempt!) });
    const given = await next();
    expect(given.map(({ attempt, ahead }) => [attempt?.taskId, ahead])).toEqual([
      [ids[1], false],
      [ids[2], true],
      [ids[3], true],
    ]);
    // One of those tells that it has begun before its turn was known to have come.
    await dispatch().report({
      workerId: id,
      reports: [{ attempt: given[2]!.attempt!, sequence: 1, phase: AttemptPhase.RUNNING }],
    });
    await dispatch().heartbeat({ workerId: id, gone: true });
    const shown = async () => {
      const told = await Promise.all(ids.slice(1).map((taskId) => tasks().getTask({ id: taskId })));
      return told.map(({ task, attempts }) => [task?.state, attempts.at(-1)?.outcome]);
    };
    expect(await shown()).toEqual([
      [TaskState.WAITING, AttemptOutcome.LOST],
      [TaskState.QUEUED, AttemptOutcome.LOST],
      [TaskState.WAITING, AttemptOutcome.LOST],
    ]);
    orders.stop();
    for (const taskId of ids.slice(1)) await tasks().cancelTask({ id: taskId });
  });

  it("sends commands that are long together in several messages", async () => {
    const script = `: ${"x".repeat(700_000)}`;
    const ids = [];
    for (let n = 0; n < 3; n++) ids.push((await taskqueue().submitTask({ command: script })).taskId);
    const many = await ordersOf({ id: "long", slots: 3, takesMany: true });
    const sizes: number[] = [];
    while (sizes.reduce((sum, size) => sum + size, 0) < 3) {
      const order = await many.next();
      if (order?.case === "assignMany") sizes.push(order.value.assignments.length);
    }
    expect(sizes).toEqual([2, 1]);
    many.stop();
  });

  it("gives out a task that is queued while the worker is told of others", async () => {
    const hand = await HandWorker.start(server.transport(worker), { slots: 50, cpuMillis: 100_000 });
    const ids = await Promise.all(Array.from({ length: 20 }, () => taskqueue().submitTask({ command: "true" })));
    const taken = new Set<number>();
    while (taken.size < ids.length) taken.add((await hand.order("assign")).attempt!.taskId);
    expect([...taken].sort((a, b) => a - b)).toEqual(ids.map(({ taskId }) => taskId).sort((a, b) => a - b));
    hand.stop();
  });

  it("repeats what was assigned and never taken", async () => {
    const hand = await HandWorker.start(server.transport(worker), { id: "again" });
    const id = await run();
    expect((await hand.order("assign")).attempt).toMatchObject({ taskId: id, number: 1 });
    hand.stop();
    const back = await HandWorker.start(server.transport(worker), { id: "again" });
    expect((await back.order("assign")).attempt).toMatchObject({ taskId: id, number: 1 });
    back.stop();
  });

  it("refuses a worker that has not registered", async () => {
    expect(await refusal(Array.fromAsync(dispatch().lease({ workerId: "stranger" })))).toMatchObject({
      code: Code.NotFound,
    });
  });
});

rpc("tributary.v1.DispatchService.Heartbeat", () => {
  it("tells a worker that it does not know to register", async () => {
    expect((await dispatch().heartbeat({ workerId: "stranger" })).unknown).toBe(true);
    const hand = await HandWorker.start(server.transport(worker));
    expect((await dispatch().heartbeat({ workerId: hand.id })).unknown).toBe(false);
    hand.stop();
  });

  it("keeps how the worker's disk is", async () => {
    const hand = await HandWorker.start(server.transport(worker));
    const shown = async () => (await createClient(WorkerService, server.transport()).listWorkers({})).workers[0]?.disk;
    expect(await shown()).toBeUndefined();
    const disk = { freeBytes: 600n, totalBytes: 1_000n, environmentsBytes: 100n };
    await dispatch().heartbeat({ workerId: hand.id, disk });
    expect(await shown()).toMatchObject(disk);
    await dispatch().heartbeat({ workerId: hand.id, disk: { ...disk, freeBytes: 599n } });
    expect(await shown()).toMatchObject(disk);
    await dispatch().heartbeat({ workerId: hand.id, disk: { ...disk, freeBytes: 300n } });
    expect(await shown()).toMatchObject({ freeBytes: 300n });
    hand.stop();
  });

  it("keeps the lease: without it attempts are lost, tried again, and late reports refused", async () => {
    const id = await run();
    const hand = await HandWorker.start(server.transport(worker), { id: "silent" });
    const { attempt } = await hand.take();
    let skipped = 0;
    const { clock } = server.ports;
    const ports = { ...server.ports, clock: { now: () => clock.now(), monotonic: () => clock.monotonic() + skipped } };
    await expireLeases(ports);
    expect(await stateOf(id)).toBe(TaskState.ACTIVE);
    skipped = 31_000;
    await expireLeases(ports);
    expect(await stateOf(id)).toBe(TaskState.WAITING);
    expect(await hand.exit(attempt)).toBe(false);
    await expect(hand.log(attempt, "late")).rejects.toThrow("refused");
    hand.stop();
  });
});

rpc("tributary.v1.DispatchService.Report", () => {
  it("queues a task again that its worker gives back, at no cost, unless it was begun", async () => {
    const id = await run();
    const hand = await HandWorker.start(server.transport(worker));
    const end = create(AttemptEndSchema, {
      outcome: AttemptOutcome.LOST,
      system: true,
      notBegun: true,
      reason: { code: "put-back", message: "no place" },
    });
    const first = (await hand.order("assign")).attempt!;
    expect(await hand.report(first, AttemptPhase.ENDED, end)).toBe(true);
    const { attempt: second } = await hand.take();
    expect(second).toMatchObject({ taskId: id, number: 2 });
    const { attempts } = await tasks().getTask({ id });
    expect(attempts.find(({ number }) => number === 1)).toMatchObject({
      outcome: AttemptOutcome.CANCELLED,
      reason: { code: "put-back" },
    });
    expect(await hand.report(second, AttemptPhase.ENDED, end)).toBe(true);
    expect((await tasks().getTask({ id })).task).toMatchObject({
      state: TaskState.WAITING,
      reason: { code: "backoff" },
    });
    hand.stop();
  });

  it("ends a task that is given back while it is cancelled", async () => {
    const id = await run();
    const hand = await HandWorker.start(server.transport(worker));
    const { attempt } = await hand.order("assign");
    await tasks().cancelTask({ id });
    const end = create(AttemptEndSchema, { outcome: AttemptOutcome.LOST, system: true, notBegun: true });
    expect(await hand.report(attempt!, AttemptPhase.ENDED, end)).toBe(true);
    expect(await stateOf(id)).toBe(TaskState.CANCELLED);
    hand.stop();
  });

  it("takes a repeated report once, and changes nothing after the end", async () => {
    const id = await run();
    const hand = await HandWorker.start(server.transport(worker));
    const { attempt } = await hand.take();
    const end = { outcome: AttemptOutcome.FAILED, exitCode: 7 };
    const report = { attempt, phase: AttemptPhase.ENDED, sequence: 50, end };
    for (let n = 0; n < 2; n++) {
      const { results } = await dispatch().report({ workerId: hand.id, reports: [report] });
      expect(results).toMatchObject([{ accepted: true, sequence: 50 }]);
    }
    const other = { ...report, sequence: 51, end: { outcome: AttemptOutcome.SUCCEEDED, exitCode: 0 } };
    expect((await dispatch().report({ workerId: hand.id, reports: [other] })).results).toMatchObject([
      { accepted: false },
    ]);
    expect(await stateOf(id)).toBe(TaskState.FAILED);
    expect((await tasks().getTask({ id })).attempts).toHaveLength(1);
    hand.stop();
  });

  it("keeps the Python that an attempt was given", async () => {
    const id = await run();
    const hand = await HandWorker.start(server.transport(worker));
    const { attempt } = await hand.take();
    const environment = { kind: "poetry", pythonVersion: "3.11.7", key: "abc", reused: true };
    const report = { attempt, phase: AttemptPhase.RUNNING, sequence: 9, environment };
    await dispatch().report({ workerId: hand.id, reports: [report] });
    await dispatch().report({
      workerId: hand.id,
      reports: [{ attempt, phase: AttemptPhase.ENDED, sequence: 10, end: { outcome: AttemptOutcome.SUCCEEDED } }],
    });
    expect((await tasks().getTask({ id })).attempts).toMatchObject([{ environment }]);
    const long = { ...report, environment: { ...environment, key: "x".repeat(129) } };
    expect(await refusal(dispatch().report({ workerId: hand.id, reports: [long] }))).toMatchObject({
      code: Code.InvalidArgument,
    });
    hand.stop();
  });

  it("refuses what is said about another worker's attempt", async () => {
    const id = await run();
    const [own, other] = [
      await HandWorker.start(server.transport(worker), { id: "own" }),
      await HandWorker.start(server.transport(worker), { id: "other", slots: 1, cpuMillis: 0 }),
    ];
    const { attempt } = await Promise.race([own.take(), other.take()]);
    const [holder] = (await tasks().getTask({ id })).attempts;
    const stranger = holder?.workerId === "own" ? other : own;
    expect(await stranger.exit(attempt)).toBe(false);
    expect(await stateOf(id)).toBe(TaskState.ACTIVE);
    own.stop();
    other.stop();
  });

  it("refuses an end without its phase, and a phase without its end", async () => {
    const attempt = { taskId: 1, number: 1 };
    for (const report of [
      { attempt, phase: AttemptPhase.ENDED },
      { attempt, phase: AttemptPhase.RUNNING, end: { outcome: AttemptOutcome.FAILED } },
      { attempt, phase: AttemptPhase.UNSPECIFIED },
      { phase: AttemptPhase.RUNNING },
    ]) {
      expect(await refusal(dispatch().report({ workerId: "x", reports: [report] }))).toMatchObject({
        code: Code.InvalidArgument,
      });
    }
  });
});

rpc("tributary.v1.DispatchService.AppendLog", () => {
  it("keeps each byte once, in order, whatever is sent again", async () => {
    const id = await run();
    const hand = await HandWorker.start(server.transport(worker));
    const { attempt } = await hand.take();
    const send = (offset: number, text: string) =>
      dispatch().appendLog({
        workerId: hand.id,
        attempt,
        offset: BigInt(offset),
        pieces: [{ content: bytes(text), stream: 1 }],
      });
    expect(await send(0, "hello ")).toMatchObject({ keptBytes: 6n });
    expect(await send(0, "hello world")).toMatchObject({ keptBytes: 11n });
    expect(await send(20, "a gap")).toMatchObject({ keptBytes: 11n });
    await hand.exit(attempt);
    const all = await Array.fromAsync(createClient(LogService, server.transport()).downloadLog({ taskId: id }));
    expect(all.map(({ content }) => new TextDecoder().decode(content)).join("")).toBe("hello world");
    expect(await send(11, "late")).toMatchObject({ refused: true });
    hand.stop();
  });
});

rpc("tributary.v1.DispatchService.ReadSecrets", () => {
  it("answers an attempt's values to its worker, names what is missing, and notes who read", async () => {
    await ame().createSecret({ key: "token", value: "v4lue" });
    const secrets = ["token", "absent"].map((key) => ({
      variant: { case: "ame" as const, value: { key, injectAs: key.toUpperCase() } },
    }));
    const id = await run({}, { ...hello, secrets });
    const hand = await HandWorker.start(server.transport(worker));
    const { attempt, secrets: references } = await hand.take();
    expect(references.map(({ key }) => key)).toEqual(["token", "absent"]);
    expect(await dispatch().readSecrets({ workerId: hand.id, attempt })).toMatchObject({
      values: [{ key: "token", injectAs: "TOKEN", value: "v4lue" }],
      missingKeys: ["absent"],
    });
    const { secrets: listed } = await server.ports.store.view.listSecrets();
    expect(listed[0]).toMatchObject({ key: "token", lastReadBy: id });
    expect(await refusal(dispatch().readSecrets({ workerId: "other", attempt }))).toMatchObject({
      code: Code.FailedPrecondition,
    });
    hand.stop();
  });
});

rpc("tributary.v1.DispatchService.FetchInputs", () => {
  it("answers a project's files as one tar stream", async () => {
    const { name } = await ame().createProject({ cfg: { name: "files", tasks: [hello] } });
    for (const path of ["a.txt", "sub/b.txt"]) {
      await ame().uploadProjectFile(
        (async function* () {
          yield { messages: { case: "identifier" as const, value: { taskid: name, filepath: `./${path}` } } };
          yield { messages: { case: "chunk" as const, value: { contents: bytes(`content of ${path}`) } } };
        })(),
      );
    }
    await tasks().runTask({ projectId: name, taskName: "hello" });
    const hand = await HandWorker.start(server.transport(worker));
    const { attempt, hasInputs } = await hand.take();
    expect(hasInputs).toBe(true);
    const unpack = extract();
    const found: Record<string, string> = {};
    const read = (async () => {
      for await (const entry of unpack) found[entry.header.name] = await text(entry);
    })();
    for await (const { content } of dispatch().fetchInputs({ workerId: hand.id, attempt })) unpack.write(content);
    unpack.end(Buffer.alloc(0));
    await read;
    expect(found).toEqual({ "a.txt": "content of a.txt", "sub/b.txt": "content of sub/b.txt" });
    // From any place on, with the hash of the whole; a worker that does not ask so is told nothing but the files.
    const fetched = async (offset?: bigint) => {
      const ask = { workerId: hand.id, attempt, ...(offset === undefined ? {} : { offset }) };
      const messages = await Array.fromAsync(dispatch().fetchInputs(ask));
      return { messages, content: Buffer.concat(messages.map(({ content }) => content)) };
    };
    const whole = await fetched();
    expect(whole.messages.map(({ sha256 }) => sha256).join("")).toBe("");
    const sha256 = createHash("sha256").update(whole.content).digest("hex");
    for (const offset of [0, 700, whole.content.length]) {
      const { messages, content } = await fetched(BigInt(offset));
      expect(content).toEqual(whole.content.subarray(offset));
      expect([messages[0]?.offset, messages.at(-1)?.sha256]).toEqual([BigInt(offset), sha256]);
    }
    expect(await refusal(fetched(10_000_000n))).toMatchObject({ code: Code.InvalidArgument });
    hand.stop();
  });
});

rpc("tributary.v1.DispatchService.StoreArtifact and tributary.v1.TaskService.DownloadArtifact", () => {
  async function* upload(header: object, ...contents: string[]) {
    yield { part: { case: "header" as const, value: header } };
    for (const content of contents) yield { part: { case: "content" as const, value: bytes(content) } };
  }

  it("keeps a file by its hash and shows it with its task", async () => {
    const id = await run();
    const hand = await HandWorker.start(server.transport(worker));
    const { attempt } = await hand.take();
    const stored = await dispatch().storeArtifact(
      upload({ workerId: hand.id, attempt, path: "./out/m.json" }, "{}", "\n"),
    );
    expect(stored).toMatchObject({
      sizeBytes: 3n,
      sha256: "ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356",
    });
    expect((await tasks().getTask({ id })).artifacts).toMatchObject([
      { path: "out/m.json", sizeBytes: 3n, attempt: 1 },
    ]);
    const pieces = await Array.fromAsync(tasks().downloadArtifact({ taskId: id, path: "out/m.json" }));
    expect(pieces.map(({ content }) => new TextDecoder().decode(content)).join("")).toBe("{}\n");
    expect(await refusal(Array.fromAsync(tasks().downloadArtifact({ taskId: id, path: "other" })))).toMatchObject({
      code: Code.NotFound,
    });
    for (const path of ["../x", "/etc/x", ""]) {
      expect(await refusal(dispatch().storeArtifact(upload({ workerId: hand.id, attempt, path }, "x")))).toMatchObject({
        code: Code.InvalidArgument,
      });
    }
    expect(
      await refusal(dispatch().storeArtifact(upload({ workerId: "other", attempt, path: "x" }, "x"))),
    ).toMatchObject({
      code: Code.FailedPrecondition,
    });
    hand.stop();
  });
});
