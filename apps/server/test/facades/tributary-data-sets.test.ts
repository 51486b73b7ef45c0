import { Code, createClient } from "@connectrpc/connect";
import { AmeService } from "@tributary/proto/ame/v1/ame_pb";
import { DataSetService, DataSetState } from "@tributary/proto/tributary/v1/data_sets_pb";
import type { Assignment, AttemptRef } from "@tributary/proto/tributary/v1/dispatch_pb";
import { ProjectService } from "@tributary/proto/tributary/v1/projects_pb";
import { TaskService, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { WatchService, WatchTopic } from "@tributary/proto/tributary/v1/watch_pb";
import { expect, it } from "vitest";
import { unpack } from "#test/conformance/unpack.ts";
import { bytes, refusal, rpc, server } from "#test/facades/suite.ts";
import { HandWorker } from "#test/hand-worker.ts";
import { worker } from "#test/in-process.ts";

const ame = () => createClient(AmeService, server.transport());
const tasks = () => createClient(TaskService, server.transport());
const dataSets = () => createClient(DataSetService, server.transport());
const hand = (id: string) => HandWorker.start(server.transport(worker), { id, slots: 8, cpuMillis: 8_000 });

const custom = { case: "custom" as const, value: { pythonVersion: "3", command: "true" } };
const fetchCustomers = { name: "fetch", executor: custom };

interface PushOptions {
  readonly name?: string;
  readonly dataSets?: readonly object[];
  readonly wants?: readonly string[];
}

/** A project with a data set and a task that reads it; answers the project's id. */
async function push({ name = "churn", dataSets: sets, wants = ["customers"] }: PushOptions = {}): Promise<string> {
  const given = sets ?? [{ name: "customers", path: "data/customers", task: fetchCustomers, size: "2Gi" }];
  const cfg = { name, tasks: [{ name: "train", executor: custom, dataSets: [...wants] }], dataSets: [...given] };
  return (await ame().createProject({ cfg })).name;
}

async function run(projectId: string): Promise<number> {
  return (await tasks().runTask({ projectId, taskName: "train" })).task!.id;
}

const taskOf = async (id: number) => (await tasks().getTask({ id })).task!;

async function* artifact(ref: AttemptRef, workerId: string, path: string, content: string) {
  yield {
    part: { case: "header" as const, value: { workerId, attempt: ref, path, sizeBytes: BigInt(content.length) } },
  };
  yield { part: { case: "content" as const, value: bytes(content) } };
}

/** Does what the producer's process would do. */
async function make(by: HandWorker, files: Readonly<Record<string, string>>): Promise<Assignment> {
  const assignment = await by.take();
  for (const [path, content] of Object.entries(files)) {
    await by.client.storeArtifact(artifact(assignment.attempt, by.id, path, content));
  }
  await by.exit(assignment.attempt);
  return assignment;
}

async function inputsOf(by: HandWorker, attempt: AttemptRef): Promise<Record<string, string>> {
  const chunks = async function* () {
    for await (const { content } of by.client.fetchInputs({ workerId: by.id, attempt })) yield content;
  };
  return Object.fromEntries([...(await unpack(chunks()))].map(([path, content]) => [path, content.toString()]));
}

rpc("tasks that read data sets", () => {
  it("wait until it is made, once for all of them, and then find it among their files", async () => {
    const by = await hand("maker");
    const project = await push();
    const first = await run(project);
    const again = await push();
    const second = await run(again);
    const producer = first - 1;
    for (const id of [first, second]) {
      expect(await taskOf(id)).toMatchObject({
        state: TaskState.WAITING,
        reason: { code: "dependency", message: `Waits for data set churn.customers, which task ${producer} makes` },
      });
    }
    const linksOf = async (id: number) => {
      const { waitsFor, waitedForBy } = await tasks().getTask({ id });
      return [waitsFor, waitedForBy].map((links) => links.map(({ task, label }) => [task?.id, label]));
    };
    const label = "data set churn.customers";
    expect(await linksOf(first)).toEqual([[[producer, label]], []]);
    expect(await linksOf(producer)).toEqual([
      [],
      [
        [first, label],
        [second, label],
      ],
    ]);
    const { attempt } = await make(by, {
      "data/customers/a.csv": "a,b\n",
      "data/customers/deep/b.csv": "c\n",
      other: "x",
    });
    expect(attempt?.taskId).toBe(producer);
    const [one, two] = [await by.take(), await by.take()];
    expect([one.attempt.taskId, two.attempt.taskId]).toEqual([first, second]);
    expect(await inputsOf(by, one.attempt)).toEqual({
      "data/customers/a.csv": "a,b\n",
      "data/customers/deep/b.csv": "c\n",
    });
    // later ones start at once
    const third = await run(again);
    expect((await by.take()).attempt.taskId).toBe(third);
    by.stop();
  });

  it("end with the reason when it cannot be made, and have it made again when they are run again", async () => {
    const by = await hand("failing");
    const id = await run(await push({ name: "broken" }));
    await by.exit((await by.take()).attempt, 3);
    expect(await taskOf(id)).toMatchObject({
      state: TaskState.FAILED,
      reason: {
        code: "dependency-failed",
        message: `Data set broken.customers could not be made: task ${id - 1} failed: Exit code 3`,
      },
    });
    const retried = (await tasks().retryTask({ id })).task!;
    expect(retried.state).toBe(TaskState.WAITING);
    await make(by, { "data/customers/a": "1" });
    expect((await by.take()).attempt.taskId).toBe(retried.id);
    by.stop();
  });

  it("end with the reason when its task is cancelled, or leaves nothing at the path", async () => {
    const by = await hand("empty");
    const cancelled = await run(
      await push({
        name: "cancelled",
        dataSets: [{ name: "customers", path: "d", task: { ...fetchCustomers, resources: { cpu: "64" } } }],
      }),
    );
    await tasks().cancelTask({ id: cancelled - 1 });
    expect((await taskOf(cancelled)).reason?.message).toContain(`task ${cancelled - 1} was cancelled`);
    const empty = await run(await push({ name: "empty" }));
    await make(by, { elsewhere: "x" });
    expect(await taskOf(empty)).toMatchObject({
      state: TaskState.FAILED,
      reason: { message: `Data set empty.customers is empty: task ${empty - 1} left no file at data/customers` },
    });
    by.stop();
  });

  it("may wait for several, of other projects too, and for some that are made from others", async () => {
    const by = await hand("several");
    await push({ name: "warehouse" });
    const sets = [
      { name: "prices", path: "prices", task: { name: "p", executor: custom } },
      { name: "joined", path: "joined", task: { name: "j", executor: custom, dataSets: ["prices"] } },
    ];
    const id = await run(await push({ name: "reports", dataSets: sets, wants: ["joined", "warehouse.customers"] }));
    expect((await taskOf(id)).reason?.message).toMatch(/Waits for data set reports\.joined.*, and 1 more/);
    const made: string[] = [];
    for (const files of [{ "prices/p": "1" }, { "data/customers/c": "2" }, { "joined/j": "3" }]) {
      made.push((await make(by, { ...files, "prices/p": "1", "data/customers/c": "2", "joined/j": "3" })).title);
    }
    expect(made.sort()).toEqual(["fetch", "j", "p"]);
    const { attempt } = await by.take();
    expect(attempt.taskId).toBe(id);
    expect(await inputsOf(by, attempt)).toEqual({ "joined/j": "3", "data/customers/c": "2" });
    by.stop();
  });

  it("are refused when it does not exist, when nothing makes it, when it leads out, and when it is made from itself", async () => {
    const refused = async (options: PushOptions) => {
      const projectId = await push({ name: "wrong", ...options });
      return refusal(tasks().runTask({ projectId, taskName: "train" }));
    };
    const circle = [
      { name: "a", path: "a", task: { name: "a", executor: custom, dataSets: ["b"] } },
      { name: "b", path: "b", task: { name: "b", executor: custom, dataSets: ["wrong.a"] } },
    ];
    const cases: readonly [PushOptions, RegExp][] = [
      [{ wants: ["nope"] }, /no data set nope; project wrong has: customers/],
      [{ wants: ["other.customers"] }, /no data set other\.customers/],
      [{ dataSets: [{ name: "customers", path: "x" }] }, /wrong\.customers has no task that makes it/],
      [{ dataSets: [{ name: "customers", path: "../x", task: fetchCustomers }] }, /"\.\.\/x".*leads out/],
      [{ dataSets: circle, wants: ["a"] }, /wrong\.a is made from itself/],
    ];
    for (const [options, message] of cases) {
      expect(await refused(options)).toMatchObject({
        code: Code.InvalidArgument,
        message: expect.stringMatching(message),
      });
    }
    const projects = createClient(ProjectService, server.transport());
    const { project } = await projects.getProject({ id: await push({ name: "wrong", wants: ["nope"] }) });
    expect(project?.tasks[0]?.problem).toContain("no data set nope");
  });

  it("have it made anew when the project says something else of it", async () => {
    const by = await hand("anew");
    await run(await push({ name: "moving" }));
    await make(by, { "data/customers/a": "1" });
    await by.take();
    const sets = [{ name: "customers", path: "new", task: fetchCustomers }];
    const id = await run(await push({ name: "moving", dataSets: sets }));
    expect((await taskOf(id)).state).toBe(TaskState.WAITING);
    by.stop();
  });
});

rpc("tributary.v1.DataSetService.ListDataSets", () => {
  it("tells what is there, what is being made, and what could not be", async () => {
    const by = await hand("lists");
    for (const name of ["ready", "failed"]) await run(await push({ name }));
    await make(by, { "data/customers/a": "12345", "data/customers/b": "678" });
    await by.exit((await by.take()).attempt, 1);
    await run(await push({ name: "made" }));
    const { dataSets: listed } = await dataSets().listDataSets({});
    expect(listed).toMatchObject([
      { id: "failed.customers", state: DataSetState.FAILED, problem: "Exit code 1", fileCount: 0 },
      { id: "made.customers", state: DataSetState.BEING_MADE, problem: "" },
      {
        id: "ready.customers",
        state: DataSetState.READY,
        path: "data/customers",
        declaredSize: "2Gi",
        fileCount: 2,
        byteCount: 8n,
        problem: "",
      },
    ]);
    expect(listed[2]?.makeTime).toBeDefined();
    by.stop();
  });
});

rpc("tributary.v1.DataSetService.RefreshDataSet", () => {
  it("makes it again for those that come; those that wait keep what they were promised; unknown ones are refused", async () => {
    const by = await hand("refresh");
    const project = await push();
    await run(project);
    await make(by, { "data/customers/a": "old" });
    const old = await by.take();
    const stop = new AbortController();
    const watch = createClient(WatchService, server.transport());
    const messages = watch.watch({ topics: [WatchTopic.DATA_SETS] }, { signal: stop.signal })[Symbol.asyncIterator]();
    await messages.next();
    const { task } = await dataSets().refreshDataSet({ id: "churn.customers" });
    expect((await messages.next()).value).toMatchObject({ dataSetsChanged: true });
    stop.abort();
    expect((await dataSets().refreshDataSet({ id: "churn.customers" })).task?.id).toBe(task?.id);
    expect(await inputsOf(by, old.attempt)).toEqual({ "data/customers/a": "old" });
    const next = await run(project);
    expect((await taskOf(next)).state).toBe(TaskState.WAITING);
    await make(by, { "data/customers/a": "new" });
    expect(await inputsOf(by, (await by.take()).attempt)).toEqual({ "data/customers/a": "new" });
    expect(await refusal(dataSets().refreshDataSet({ id: "nope" }))).toMatchObject({ code: Code.NotFound });
    by.stop();
  });
});

rpc("the declared size of a data set", () => {
  const disk = (free: number) => ({
    freeBytes: BigInt(free) * 2n ** 30n,
    totalBytes: 100n * 2n ** 30n,
    environmentsBytes: 0n,
  });

  it("must be free on the disk of a worker before it is made there, and before it is read there", async () => {
    const by = await HandWorker.start(server.transport(worker), { id: "small", disk: disk(1) });
    const reader = await run(await push());
    const producer = reader - 1;
    await expect
      .poll(async () => (await taskOf(producer)).reason?.message, { timeout: 15_000 })
      .toBe("No worker has 2 GiB of free disk: the largest has 1 GiB of free disk");
    await by.client.heartbeat({ workerId: by.id, disk: disk(3) });
    expect((await make(by, { "data/customers/a.csv": "a\n" })).attempt?.taskId).toBe(producer);
    await by.client.heartbeat({ workerId: by.id, disk: disk(1) });
    await expect.poll(async () => (await taskOf(reader)).state, { timeout: 15_000 }).toBe(TaskState.QUEUED);
    await by.client.heartbeat({ workerId: by.id, disk: disk(3) });
    expect((await by.take()).attempt.taskId).toBe(reader);
    by.stop();
  });

  it("is refused when it is no quantity", async () => {
    const project = await push({
      dataSets: [{ name: "customers", path: "data", task: fetchCustomers, size: "much" }],
    });
    expect(await refusal(run(project))).toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining('dataSets.size: "much" is not a quantity'),
    });
  });
});
