import { create } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { Code, createClient } from "@connectrpc/connect";
import { AmeService } from "@tributary/proto/ame/v1/ame_pb";
import { AttemptEndSchema } from "@tributary/proto/tributary/v1/dispatch_pb";
import {
  AttemptOutcome,
  AttemptPhase,
  Dialect,
  TaskOrder,
  TaskService,
  TaskState,
} from "@tributary/proto/tributary/v1/tasks_pb";
import { WatchService } from "@tributary/proto/tributary/v1/watch_pb";
import { expect, it } from "vitest";
import type { Tx } from "#core/ports/tx.ts";
import { hello, refusal, rpc, server } from "#test/facades/suite.ts";
import { HandWorker } from "#test/hand-worker.ts";
import { worker } from "#test/in-process.ts";

const tasks = () => createClient(TaskService, server.transport());
const ame = () => createClient(AmeService, server.transport());

async function newProject(name = "churn", task: object = hello): Promise<string> {
  return (await ame().createProject({ cfg: { name, tasks: [task] } })).name;
}

async function run(projectId: string, more: object = {}) {
  return (await tasks().runTask({ projectId, taskName: "hello", ...more })).task!;
}

rpc("tributary.v1.TaskService.RunTask", () => {
  it("queues a task of a project again and again, with what the run changes", async () => {
    const id = await newProject();
    const first = await run(id);
    expect(first).toMatchObject({
      dialect: Dialect.AME,
      title: "hello",
      projectId: id,
      projectName: "churn",
      state: TaskState.QUEUED,
      creator: "local",
      attempt: 0,
    });
    const second = await run(id, {
      variables: [{ name: "LR", value: "0.1" }],
      resources: { cpu: "1" },
      timeLimit: { seconds: 60n },
      userRetries: 2,
    });
    expect(second.id).toBeGreaterThan(first.id);
    const { spec } = await tasks().getTask({ id: second.id });
    expect(spec).toMatchObject({
      command: "echo hi",
      variables: [{ name: "LR", value: "0.1" }],
      resources: { cpu: "1" },
      timeLimit: { seconds: 60n },
      userRetries: 2,
      inputKind: "files",
    });
  });

  it("answers the first task when it is asked again with the same request id", async () => {
    const id = await newProject();
    const [first, second] = [await run(id, { requestId: "r-1" }), await run(id, { requestId: "r-1" })];
    expect(second.id).toBe(first.id);
  });

  it.each([
    [{ taskName: "hello" }, Code.InvalidArgument, "project_id"],
    [{ projectId: "nope", taskName: "hello" }, Code.NotFound, "there is no project nope"],
    [{ projectId: "OWN", taskName: "other" }, Code.NotFound, "has no task other; its tasks are: hello"],
    [{ projectId: "OWN", taskName: "hello", resources: { cpu: "lots" } }, Code.InvalidArgument, "resources.cpu"],
    [{ projectId: "OWN", taskName: "hello", variables: [{ name: "1", value: "" }] }, Code.InvalidArgument, "name"],
    [{ projectId: "OWN", taskName: "hello", userRetries: 101 }, Code.InvalidArgument, "user_retries"],
  ])("refuses %j", async (ask, code, why) => {
    const own = await newProject();
    const refused = await refusal(
      tasks().runTask({ ...ask, ...("projectId" in ask && ask.projectId === "OWN" ? { projectId: own } : {}) }),
    );
    expect(refused.code).toBe(code);
    expect(refused.message).toContain(why);
  });
});

rpc("tributary.v1.TaskService.GetAttemptUsage", () => {
  const point = (second: number, memoryMiB: number) => ({
    time: timestampFromMs(second * 1_000),
    span: durationFromMs(1_000),
    cpuTime: durationFromMs(750),
    memoryBytes: BigInt(memoryMiB) << 20n,
    diskBytes: 10n,
    processes: 2,
  });
  const totals = (seconds: number, memoryMiB: number) => ({
    cpuTime: durationFromMs(seconds * 1_000),
    peakMemoryBytes: BigInt(memoryMiB) << 20n,
    peakDiskBytes: 10n,
  });

  it("tells what an attempt took over time, first from heartbeats and then from its end", async () => {
    const hand = await HandWorker.start(server.transport(worker));
    const { id } = await run(await newProject(), { resources: { cpu: "0.5", memory: "1Gi" } });
    const { attempt } = await hand.take();
    const usage = [{ attempt, totals: totals(1.5, 30), points: [point(1, 20), point(2, 30)] }];
    for (let times = 0; times < 2; times++) await hand.client.heartbeat({ workerId: hand.id, usage });
    const now = await tasks().getAttemptUsage({ taskId: id });
    expect(now).toMatchObject({ attempt: 1, cpuMillis: 500n, memoryBytes: 1n << 30n });
    expect(now.points).toMatchObject(usage[0]!.points);
    expect((await tasks().getTask({ id })).attempts).toMatchObject([{ usage: totals(1.5, 30) }]);
    const end = create(AttemptEndSchema, {
      outcome: AttemptOutcome.SUCCEEDED,
      exitCode: 0,
      usage: totals(2.5, 40),
      usagePoints: [point(2, 30), point(3, 40)],
    });
    await hand.report(attempt, AttemptPhase.ENDED, end);
    const after = await tasks().getAttemptUsage({ taskId: id, attempt: 1 });
    expect(after.points).toMatchObject([point(1, 20), point(2, 30), point(3, 40)]);
    expect((await tasks().getTask({ id })).attempts).toMatchObject([{ usage: totals(2.5, 40) }]);
    await hand.client.heartbeat({ workerId: hand.id, usage: [{ attempt, points: [point(4, 1)] }] });
    expect((await tasks().getAttemptUsage({ taskId: id })).points).toHaveLength(3);
    hand.stop();
  });

  it("has nothing for a task that never ran, and takes nothing from a worker that has not the attempt", async () => {
    const { id } = await run(await newProject());
    expect(await tasks().getAttemptUsage({ taskId: id })).toMatchObject({ attempt: 0, points: [] });
    const hand = await HandWorker.start(server.transport(worker));
    const { attempt } = await hand.take();
    const other = await HandWorker.start(server.transport(worker), { id: "other" });
    await other.client.heartbeat({ workerId: other.id, usage: [{ attempt, points: [point(1, 1)] }] });
    expect((await tasks().getAttemptUsage({ taskId: id })).points).toEqual([]);
    hand.stop();
    other.stop();
  });

  it("refuses tasks and attempts that there are not", async () => {
    expect(await refusal(tasks().getAttemptUsage({ taskId: 999 }))).toMatchObject({ code: Code.NotFound });
    const { id } = await run(await newProject());
    expect(await refusal(tasks().getAttemptUsage({ taskId: id, attempt: 2 }))).toMatchObject({
      code: Code.NotFound,
      message: expect.stringContaining("no attempt 2"),
    });
    expect(await refusal(tasks().getAttemptUsage({ taskId: 0 }))).toMatchObject({ code: Code.InvalidArgument });
  });
});

rpc("tributary.v1.TaskService.GetTask", () => {
  it("says why a queued task waits, and what was checked", async () => {
    const id = await newProject();
    const { id: taskId } = await run(id, { resources: { cpu: "64" } });
    expect((await tasks().getTask({ id: taskId })).task?.reason).toMatchObject({
      code: "no-worker",
      message: "No worker is online",
    });
    const hand = await HandWorker.start(server.transport(worker));
    const { task, checks } = await tasks().getTask({ id: taskId });
    expect(task?.reason).toMatchObject({ code: "too-big", message: "No worker has 64 CPUs: the largest has 2 CPUs" });
    expect(checks.map(({ message }) => message)).toEqual(["hand has 2 CPUs, 64 CPUs are asked for"]);
    hand.stop();
  });

  it("tells every attempt with its times, outcome and reason", async () => {
    const hand = await HandWorker.start(server.transport(worker));
    const { id } = await run(await newProject(), { userRetries: 0 });
    const { attempt } = await hand.take();
    await hand.exit(attempt, 3);
    const { task, attempts } = await tasks().getTask({ id });
    expect(task).toMatchObject({
      state: TaskState.FAILED,
      exitCode: 3,
      reason: { code: "exit-code", message: "Exit code 3" },
    });
    expect(attempts).toMatchObject([
      { number: 1, phase: AttemptPhase.ENDED, outcome: AttemptOutcome.FAILED, exitCode: 3, workerName: "hand" },
    ]);
    expect(attempts[0]?.startTime).toBeDefined();
    hand.stop();
  });

  it("refuses an unknown id and zero", async () => {
    expect(await refusal(tasks().getTask({ id: 4_000_000_000 }))).toMatchObject({ code: Code.NotFound });
    expect(await refusal(tasks().getTask({ id: 0 }))).toMatchObject({ code: Code.InvalidArgument });
  });
});

rpc("tributary.v1.TaskService.ListTasks", () => {
  it("pages through a filter in order, without gap or repeat while tasks are added", async () => {
    const [a, b] = [await newProject("alpha"), await newProject("beta")];
    for (let n = 0; n < 7; n++) await run(n % 2 === 0 ? a : b);
    const first = await tasks().listTasks({ filter: { projectName: "alpha" }, pageSize: 3 });
    expect(first.tasks.map(({ id }) => id)).toEqual([7, 5, 3]);
    expect(first).toMatchObject({ total: 4, totalIsMinimum: false });
    await run(a);
    const second = await tasks().listTasks({
      filter: { projectName: "alpha" },
      pageSize: 3,
      pageToken: first.nextPageToken,
    });
    expect(second.tasks.map(({ id }) => id)).toEqual([1]);
    expect(second.nextPageToken).toBe("");
    const oldest = await tasks().listTasks({ order: TaskOrder.CREATED_ASC, pageSize: 2 });
    expect(oldest.tasks.map(({ id }) => id)).toEqual([1, 2]);
  });

  it("begins at a time, in both directions, and counts all that match", async () => {
    const all = (await tasks().listTasks({ order: TaskOrder.CREATED_ASC })).tasks;
    const startTime = all[3]!.createTime!;
    const at = timestampMs(startTime);
    const ids = (list: typeof all) => list.map(({ id }) => id);
    const created = ({ createTime }: (typeof all)[number]) => timestampMs(createTime!);
    const older = await tasks().listTasks({ startTime, pageSize: 2 });
    const expected = ids(all.filter((task) => created(task) <= at)).reverse();
    expect(ids(older.tasks)).toEqual(expected.slice(0, 2));
    expect(older.total).toBe(all.length);
    const next = await tasks().listTasks({ pageSize: 2, pageToken: older.nextPageToken });
    expect(ids(next.tasks)).toEqual(expected.slice(2, 4));
    const newer = await tasks().listTasks({ startTime, order: TaskOrder.CREATED_ASC });
    expect(ids(newer.tasks)).toEqual(ids(all.filter((task) => created(task) >= at)));
    expect(await refusal(tasks().listTasks({ startTime, order: TaskOrder.TITLE_ASC }))).toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining("start_time: only lists in the order of creation"),
    });
  });

  it("filters by state, dialect, text and time", async () => {
    const ids = async (filter: object) => (await tasks().listTasks({ filter })).tasks.map(({ id }) => id);
    expect(await ids({ states: [TaskState.FAILED] })).toEqual([]);
    expect(await ids({ dialects: [Dialect.TASKQUEUE] })).toEqual([]);
    expect((await ids({ dialects: [Dialect.AME], states: [TaskState.QUEUED] })).length).toBe(8);
    expect((await ids({ text: "HELL" })).length).toBe(8);
    expect(await ids({ text: "%" })).toEqual([]);
    expect(await ids({ createdBefore: { seconds: 1n } })).toEqual([]);
  });

  it("filters by title, creator, worker, reason, end and length, and keeps to them from page to page", async () => {
    const takenFrom = Date.now();
    const hand = await HandWorker.start(server.transport(worker), { slots: 2 });
    const ended = await hand.take();
    const runs = await hand.take();
    hand.stop();
    await hand.exit(ended.attempt, 7);
    const ids = async (filter: object) => (await tasks().listTasks({ filter })).tasks.map(({ id }) => id);
    const [endedId, runsId] = [ended.attempt.taskId, runs.attempt.taskId];
    expect(await ids({ title: "HELLO", reason: "CODE 7" })).toEqual([endedId]);
    expect(await ids({ title: "hell" })).toEqual([]);
    expect(await ids({ creator: "nobody" })).toEqual([]);
    expect((await ids({ worker: "hand" })).sort()).toEqual([endedId, runsId].sort());
    expect(await ids({ worker: "nobody" })).toEqual([]);
    expect(await ids({ endedAfter: timestampFromMs(takenFrom - 1) })).toEqual([endedId]);
    expect(await ids({ endedBefore: timestampFromMs(takenFrom - 1) })).toEqual([]);
    expect((await ids({ maxDuration: { seconds: 60n } })).sort()).toEqual([endedId, runsId].sort());
    expect(await ids({ minDuration: { seconds: 60n } })).toEqual([]);
    const filter = { maxDuration: { seconds: 60n } };
    const { nextPageToken } = await tasks().listTasks({ filter, pageSize: 1 });
    expect((await tasks().listTasks({ filter, pageSize: 1, pageToken: nextPageToken })).tasks).toHaveLength(1);
    for (const other of [{ maxDuration: { seconds: 61n } }, { ...filter, worker: "x" }]) {
      expect(await refusal(tasks().listTasks({ filter: other, pageToken: nextPageToken }))).toMatchObject({
        message: expect.stringContaining("another filter or order"),
      });
    }
  });

  it("lists exactly what ended in a stretch of time and took so long", async () => {
    const { store } = server.ports;
    const projectId = await newProject("stretch");
    const made: number[] = [];
    for (let n = 0; n < 6; n++) made.push((await run(projectId)).id);
    // the n-th ended at second 1,000 + n, and took n seconds
    await store.transact(async (tx: Tx, ids: readonly number[]) => {
      const known = await tx.tasks.getMany(ids);
      await tx.tasks.replace(
        ids.map((id, n) => ({
          ifState: "queued",
          ifAttempt: 0,
          task: { ...known.get(id)!, state: "succeeded", startedAt: 1_000_000, endedAt: 1_000_000 + n * 1_000 },
        })),
      );
    }, made);
    const ids = async (filter: object) =>
      (await tasks().listTasks({ filter, order: TaskOrder.ENDED_DESC })).tasks.map(({ id }) => made.indexOf(id));
    const between = (after: number, before: number) => ({
      endedAfter: timestampFromMs(1_000_000 + after),
      endedBefore: timestampFromMs(1_000_000 + before),
    });
    expect(await ids(between(-1, 5_001))).toEqual([5, 4, 3, 2, 1, 0]);
    expect(await ids(between(1_000, 4_000))).toEqual([3, 2]);
    const lengths = { minDuration: durationFromMs(2_000), maxDuration: durationFromMs(3_999) };
    expect(await ids({ ...between(-1, 5_001), ...lengths })).toEqual([3, 2]);
    expect(await ids({ ...between(-1, 5_001), states: [TaskState.FAILED] })).toEqual([]);
    expect(await ids(between(2_000, 2_000))).toEqual([]);
  });

  it("refuses ranges that no task can be in, and times and lengths that are none, naming the field", async () => {
    const early = timestampFromMs(1_000);
    const late = timestampFromMs(2_000);
    const wrong = [
      [{ endedAfter: late, endedBefore: early }, "filter.ended_after: is later than filter.ended_before"],
      [{ createdAfter: late, createdBefore: early }, "filter.created_after: is later than filter.created_before"],
      [{ minDuration: { seconds: 9n }, maxDuration: { seconds: 8n } }, "filter.min_duration: is longer than"],
      [{ maxDuration: { seconds: -1n } }, "filter.max_duration: must not be negative"],
      [{ endedBefore: { seconds: 10n ** 17n } }, "filter.ended_before: must be a time of the years 1 to 9999"],
      [{ endedAfter: { seconds: 1n, nanos: -5 } }, "filter.ended_after: must be a time"],
    ] as const;
    for (const [filter, message] of wrong) {
      expect(await refusal(tasks().listTasks({ filter }))).toMatchObject({
        code: Code.InvalidArgument,
        message: expect.stringContaining(message),
      });
    }
  });

  it("refuses a token of another list, a token of nobody, and pages that are too long", async () => {
    const { nextPageToken } = await tasks().listTasks({ pageSize: 1 });
    expect(await refusal(tasks().listTasks({ pageToken: nextPageToken, filter: { text: "x" } }))).toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining("another filter or order"),
    });
    expect(await refusal(tasks().listTasks({ pageToken: "xyz" }))).toMatchObject({ code: Code.InvalidArgument });
    expect(await refusal(tasks().listTasks({ pageSize: 1_001 }))).toMatchObject({ code: Code.InvalidArgument });
  });
});

rpc("tributary.v1.TaskService.ListTaskLabels", () => {
  const labels = (pairs: Record<string, string>) => Object.entries(pairs).map(([key, value]) => ({ key, value }));
  const file =
    'name: fields\nlabels: {team: vision, stage: dev}\ntasks:\n  - name: hello\n    labels: {stage: prod}\n    executor: !custom {pythonVersion: "3", command: "true"}\n';
  const uploaded = async () => {
    const { name } = await ame().createProject({ cfg: { name: "fields" } });
    await server.ports.store.transact(async (tx: Tx, id: string) => {
      const project = (await tx.projects.getMany([id])).get(id)!;
      await tx.projects.put([{ ...project, definition: server.ports.projectFiles.read(file).definition! }]);
    }, name);
    return name;
  };

  it("lists what tasks have, from project, task and run, with how many have it; the same filters tasks, and repeats keep it", async () => {
    const id = await uploaded();
    const first = await run(id);
    expect(first.labels).toMatchObject(labels({ stage: "prod", team: "vision" }));
    const second = await run(id, { labels: labels({ team: "text", lr: "0.1" }) });
    expect(second.labels).toMatchObject(labels({ lr: "0.1", stage: "prod", team: "text" }));
    await tasks().cancelTask({ id: first.id });
    const { task: third } = await tasks().retryTask({ id: first.id });
    expect(third?.labels).toEqual(first.labels);
    expect((await tasks().getTask({ id: first.id })).retries.map((task) => task.id)).toEqual([third?.id]);
    const listed = await tasks().listTaskLabels({ pageSize: 3 });
    const all = listed.labels.map(({ label, count }) => [`${label?.key}=${label?.value}`, count]);
    expect(all).toEqual([
      ["lr=0.1", 1],
      ["stage=prod", 3],
      ["team=text", 1],
    ]);
    const rest = await tasks().listTaskLabels({ pageSize: 3, pageToken: listed.nextPageToken });
    expect(rest).toMatchObject({ labels: [{ label: { key: "team", value: "vision" }, count: 2 }], nextPageToken: "" });
    expect((await tasks().listTaskLabels({ prefix: "team=v" })).labels).toHaveLength(1);
    const ids = async (wanted: string[]) =>
      (await tasks().listTasks({ filter: { labels: wanted } })).tasks.map((task) => task.id);
    expect(await ids(["team=vision"])).toEqual([third?.id, first.id]);
    expect(await ids(["team", "lr=0.1"])).toEqual([second.id]);
    expect(await ids(["team=nobody"])).toEqual([]);
  });

  it("refuses a token of another prefix, and runs with labels that cannot be", async () => {
    const id = await uploaded();
    for (const lr of ["1", "2"]) await run(id, { labels: labels({ lr }) });
    const { nextPageToken } = await tasks().listTaskLabels({ pageSize: 1 });
    expect(nextPageToken).not.toBe("");
    expect(await refusal(tasks().listTaskLabels({ prefix: "a", pageToken: nextPageToken }))).toMatchObject({
      code: Code.InvalidArgument,
    });
    for (const [wrong, why] of [
      [labels({ "a b": "" }), "labels[0].key"],
      [labels({ a: "x\ny" }), "labels[0].value"],
      [[...labels({ a: "1" }), ...labels({ a: "2" })], "labels: a is there twice; keep one"],
      [labels(Object.fromEntries(Array.from({ length: 32 }, (_, n) => [`k${n}`, ""]))), "34 are too many; 32 are kept"],
    ] as const) {
      const refused = await refusal(run(id, { labels: wrong }));
      expect(refused.code).toBe(Code.InvalidArgument);
      expect(refused.message).toContain(why);
    }
  });
});

rpc("tributary.v1.TaskService.CancelTask", () => {
  it("cancels at once what has not started, and again without change", async () => {
    const { id } = await run(await newProject());
    expect((await tasks().cancelTask({ id })).task).toMatchObject({
      state: TaskState.CANCELLED,
      reason: { message: "Cancelled by local before it started" },
    });
    expect((await tasks().cancelTask({ id })).task?.state).toBe(TaskState.CANCELLED);
  });

  it("tells the worker to end what runs, and is cancelled when it has ended", async () => {
    const hand = await HandWorker.start(server.transport(worker));
    const { id } = await run(await newProject());
    const { attempt } = await hand.take();
    expect((await tasks().cancelTask({ id })).task?.state).toBe(TaskState.CANCELLING);
    expect(await hand.order("cancel")).toMatchObject({ taskId: id, number: 1 });
    expect((await tasks().cancelTask({ id })).task?.state).toBe(TaskState.CANCELLING);
    expect(await hand.end(attempt, AttemptOutcome.CANCELLED)).toBe(true);
    expect((await tasks().getTask({ id })).task?.state).toBe(TaskState.CANCELLED);
    hand.stop();
  });

  it("repeats the order to a worker that comes back", async () => {
    const { id } = await run(await newProject());
    const hand = await HandWorker.start(server.transport(worker));
    const { attempt } = await hand.take();
    hand.stop();
    await tasks().cancelTask({ id });
    const back = await HandWorker.start(server.transport(worker), { held: [attempt] });
    expect(await back.order("cancel")).toMatchObject({ taskId: id });
    expect(await back.end(attempt, AttemptOutcome.CANCELLED)).toBe(true);
    back.stop();
  });

  it("refuses a task that has ended, and an unknown one", async () => {
    const hand = await HandWorker.start(server.transport(worker));
    const { id } = await run(await newProject());
    const { attempt } = await hand.take();
    await hand.exit(attempt);
    expect(await refusal(tasks().cancelTask({ id }))).toMatchObject({
      code: Code.FailedPrecondition,
      message: `task ${id} has already succeeded; there is nothing to cancel`,
    });
    expect(await refusal(tasks().cancelTask({ id: 999 }))).toMatchObject({ code: Code.NotFound });
    hand.stop();
  });
});

rpc("tributary.v1.TaskService.RetryTask", () => {
  it("runs the same specification again as a new task", async () => {
    const { id, name } = await run(await newProject(), { variables: [{ name: "A", value: "1" }] });
    expect(await refusal(tasks().retryTask({ id }))).toMatchObject({ code: Code.FailedPrecondition });
    await tasks().cancelTask({ id });
    const { task } = await tasks().retryTask({ id });
    expect(task).toMatchObject({ state: TaskState.QUEUED, retryOf: id, title: "hello" });
    expect(task?.name.startsWith(`${name}-`)).toBe(true);
    expect((await tasks().getTask({ id: task!.id })).spec?.variables).toMatchObject([{ name: "A", value: "1" }]);
    expect(await refusal(tasks().retryTask({ id: 999 }))).toMatchObject({ code: Code.NotFound });
  });

  it("changes what it is told to change and keeps the rest, and names a quantity that is none", async () => {
    const variables = ["A", "B"].map((name) => ({ name, value: "1" }));
    const { id } = await run(await newProject(), {
      variables,
      resources: { cpu: "1" },
      timeLimit: durationFromMs(9_000),
    });
    await tasks().cancelTask({ id });
    const changes = { variables: [{ name: "B", value: "2" }], resources: { memory: "2Gi" }, userRetries: 4 };
    const { task } = await tasks().retryTask({ id, changes });
    const { spec } = await tasks().getTask({ id: task!.id });
    expect(spec).toMatchObject({
      variables: [
        { name: "A", value: "1" },
        { name: "B", value: "2" },
      ],
      resources: { cpu: "1", memory: "2Gi" },
      timeLimit: { seconds: 9n },
      userRetries: 4,
    });
    expect((await tasks().getTask({ id })).spec).toMatchObject({ variables, resources: { cpu: "1" }, userRetries: 0 });
    const longer = await tasks().retryTask({ id, changes: { timeLimit: durationFromMs(60_000) } });
    expect((await tasks().getTask({ id: longer.task!.id })).spec?.timeLimit?.seconds).toBe(60n);
    expect(await refusal(tasks().retryTask({ id, changes: { resources: { memory: "lots" } } }))).toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining("memory"),
    });
  });
});

rpc("tributary.v1.TaskService.DeleteTask", () => {
  it("deletes what has not started or has ended, tells those who watch to read their lists again, and refuses an unknown one", async () => {
    const { name: projectId } = await createClient(AmeService, server.transport()).createProject({
      cfg: { name: "gone", tasks: [hello] },
    });
    const { task } = await tasks().runTask({ projectId, taskName: "hello" });
    const stop = new AbortController();
    const watch = createClient(WatchService, server.transport());
    const messages = watch.watch({ taskIds: [task!.id] }, { signal: stop.signal })[Symbol.asyncIterator]();
    await messages.next();
    expect(await tasks().deleteTask({ id: task!.id })).toMatchObject({ deleted: true });
    expect((await messages.next()).value).toMatchObject({ tasks: [], tasksOverflowed: true });
    stop.abort();
    expect(await refusal(tasks().getTask({ id: task!.id }))).toMatchObject({ code: Code.NotFound });
    expect(await refusal(tasks().deleteTask({ id: task!.id }))).toMatchObject({ code: Code.NotFound });
  });
});
