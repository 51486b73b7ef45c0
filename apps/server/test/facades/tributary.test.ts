import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code, createClient } from "@connectrpc/connect";
import { AmeService } from "@tributary/proto/ame/v1/ame_pb";
import {
  type FollowLogResponse,
  LogLevel,
  LogService,
  LogStream,
  type ReadLogLinesRequestSchema,
  SearchEnd,
  type SearchLogRequestSchema,
} from "@tributary/proto/tributary/v1/logs_pb";
import { OverviewService } from "@tributary/proto/tributary/v1/overview_pb";
import { ProjectService } from "@tributary/proto/tributary/v1/projects_pb";
import { SecretService } from "@tributary/proto/tributary/v1/secrets_pb";
import { SourceService, SourceState } from "@tributary/proto/tributary/v1/sources_pb";
import { SystemService } from "@tributary/proto/tributary/v1/system_pb";
import { TaskService, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { type WatchResponse, WatchService, WatchTopic } from "@tributary/proto/tributary/v1/watch_pb";
import { WorkerService } from "@tributary/proto/tributary/v1/workers_pb";
import { expect, it } from "vitest";
import { addTasks, sampleTask } from "#test/conformance/store-samples.ts";
import { hello, refusal, rpc, server } from "#test/facades/suite.ts";
import { HandWorker } from "#test/hand-worker.ts";
import { worker } from "#test/in-process.ts";
import { storeKind } from "#test/store-place.ts";

const tasks = () => createClient(TaskService, server.transport());
const ame = () => createClient(AmeService, server.transport());
const sources = () => createClient(SourceService, server.transport());
const secrets = () => createClient(SecretService, server.transport());
const logs = () => createClient(LogService, server.transport());
const projects = () => createClient(ProjectService, server.transport());

async function run(name = "churn"): Promise<number> {
  const project = await ame().createProject({ cfg: { name, tasks: [hello] } });
  return (await tasks().runTask({ projectId: project.name, taskName: "hello" })).task!.id;
}

const settings = { repository: "https://git.invalid/a.git", syncInterval: "10s" };

rpc("tributary.v1.SourceService.CreateSource", () => {
  it("adds a source that is pending, and refuses the same repository and unusable ones with the field's name", async () => {
    const { source } = await sources().createSource({ settings });
    expect(source).toMatchObject({ settings, state: SourceState.PENDING, commit: "" });
    expect(await refusal(sources().createSource({ settings }))).toMatchObject({ code: Code.AlreadyExists });
    expect(await refusal(sources().createSource({}))).toMatchObject({ code: Code.InvalidArgument });
    for (const repository of ["", "ext::x", "file:///etc", "-x", "x".repeat(3_000)]) {
      expect(await refusal(sources().createSource({ settings: { repository } }))).toMatchObject({
        code: Code.InvalidArgument,
        message: expect.stringContaining("repository"),
      });
    }
  });
});

rpc("tributary.v1.SourceService.ListSources", () => {
  it("answers by repository", async () => {
    for (const name of ["b", "a"])
      await sources().createSource({ settings: { repository: `https://git.invalid/${name}` } });
    const listed = (await sources().listSources({})).sources;
    expect(listed.map((source) => source.settings?.repository)).toEqual([
      "https://git.invalid/a",
      "https://git.invalid/b",
    ]);
  });
});

rpc("tributary.v1.SourceService.GetSource", () => {
  it("answers one, and refuses an unknown one", async () => {
    const { source } = await sources().createSource({ settings });
    expect((await sources().getSource({ id: source!.id })).source?.settings).toMatchObject(settings);
    expect(await refusal(sources().getSource({ id: "nope" }))).toMatchObject({ code: Code.NotFound });
  });
});

rpc("tributary.v1.SourceService.UpdateSource", () => {
  it("replaces the settings and refuses another source's repository", async () => {
    const { source } = await sources().createSource({ settings });
    const { source: other } = await sources().createSource({ settings: { repository: "https://git.invalid/b" } });
    const changed = await sources().updateSource({ id: source!.id, settings: { ...settings, secretKey: "k" } });
    expect(changed.source?.settings?.secretKey).toBe("k");
    expect(await refusal(sources().updateSource({ id: other!.id, settings }))).toMatchObject({
      code: Code.AlreadyExists,
    });
    expect(await refusal(sources().updateSource({ id: "nope", settings }))).toMatchObject({ code: Code.NotFound });
  });
});

rpc("tributary.v1.SourceService.SyncSource", () => {
  it("asks for a sync in the journal, and refuses an unknown source", async () => {
    const { source } = await sources().createSource({ settings });
    const before = server.ports.store.position();
    await sources().syncSource({ id: source!.id });
    const stop = new AbortController();
    for await (const entries of server.ports.store.follow(before, stop.signal)) {
      expect(entries).toMatchObject([{ kind: "source-sync-asked", sourceId: source!.id }]);
      break;
    }
    stop.abort();
    expect(await refusal(sources().syncSource({ id: "nope" }))).toMatchObject({ code: Code.NotFound });
  });
});

rpc("tributary.v1.SourceService.DeleteSource", () => {
  it("removes a source, and refuses an unknown one", async () => {
    const { source } = await sources().createSource({ settings });
    await sources().deleteSource({ id: source!.id });
    expect((await sources().listSources({})).sources).toEqual([]);
    expect(await refusal(sources().deleteSource({ id: source!.id }))).toMatchObject({ code: Code.NotFound });
  });
});

rpc("tributary.v1.ProjectService.ListProjects", () => {
  it("groups uploads by name, merges templates, and says which tasks cannot be run", async () => {
    const cfg = {
      name: "grouped",
      tasks: [{ name: "good", fromTemplate: { name: "base" } }, { name: "bad" }],
      templates: [{ ...hello, name: "base", resources: { cpu: "1" } }],
    };
    await ame().createProject({ cfg });
    const { name: newest } = await ame().createProject({ cfg });
    const listed = (await projects().listProjects({})).projects;
    expect(listed).toHaveLength(1);
    expect(listed[0]).toMatchObject({ id: newest, name: "grouped", uploadCount: 2, templateNames: ["base"] });
    expect(listed[0]?.tasks).toMatchObject([
      {
        name: "good",
        executor: "custom",
        command: "echo hi",
        templateName: "base",
        resources: { cpu: "1" },
        problem: "",
      },
      { name: "bad", problem: expect.stringContaining("has none") },
    ]);
  });
});

rpc("tributary.v1.ProjectService.GetProject", () => {
  it("answers one, and refuses an unknown one", async () => {
    const { name } = await ame().createProject({ cfg: { name: "one", tasks: [hello] } });
    expect((await projects().getProject({ id: name })).project).toMatchObject({ id: name, name: "one" });
    expect(await refusal(projects().getProject({ id: "nope" }))).toMatchObject({ code: Code.NotFound });
  });
});

rpc("tributary.v1.ProjectService.CheckProjectFile", () => {
  it("tells problems with line and column", async () => {
    const text = "name: x\ntasks:\n  - name: a\n    executor: !pipenv\n      command: x\n";
    const { problems } = await projects().checkProjectFile({ text });
    expect(problems[0]).toMatchObject({ line: 4, message: expect.stringContaining("!pipEnv") });
    expect((await projects().checkProjectFile({ text: "name: fine\n" })).problems).toEqual([]);
  });
});

rpc("tributary.v1.LogService.ReadLogLines", () => {
  it("answers lines by number with stream and attempt", async () => {
    const id = await run();
    const hand = await HandWorker.start(server.transport(worker));
    const { attempt } = await hand.take();
    await hand.log(attempt, "a\nb\n");
    await hand.log(attempt, "c\n", LogStream.STDERR);
    await hand.log(attempt, Uint8Array.of(0xff, 0x0a));
    await hand.exit(attempt);
    const answer = await logs().readLogLines({ taskId: id, firstLine: 1, limit: 3 });
    expect(answer.lines.map(({ number, text, stream }) => [number, text, stream])).toEqual([
      [1, "b", LogStream.STDOUT],
      [2, "c", LogStream.STDERR],
      [3, "\ufffd", LogStream.STDOUT],
    ]);
    expect(answer.size).toMatchObject({ lineCount: 4, byteCount: 8n, ended: true });
    expect((await logs().readLogLines({ taskId: id, firstLine: 99 })).lines).toEqual([]);
    const numbers = async (request: MessageInitShape<typeof ReadLogLinesRequestSchema>) =>
      (await logs().readLogLines({ taskId: id, ...request })).lines.map(({ number }) => number);
    const runs = [
      { firstLine: 3, lineCount: 1 },
      { firstLine: 0, lineCount: 2 },
    ];
    expect(await numbers({ runs })).toEqual([3, 0, 1]);
    expect(await numbers({ streams: [LogStream.STDOUT] })).toEqual([0, 1, 3]);
    expect(await numbers({ streams: [LogStream.STDOUT], firstLine: 1, limit: 1 })).toEqual([1]);
    expect(await numbers({ streams: [LogStream.WORKER] })).toEqual([]);
    const tooMany = logs().readLogLines({ taskId: id, runs: [{ firstLine: 0, lineCount: 5_001 }] });
    expect(await refusal(tooMany)).toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining("runs: at most 5000 lines"),
    });
    expect(await refusal(logs().readLogLines({ taskId: id, runs, streams: [LogStream.STDERR] }))).toMatchObject({
      code: Code.InvalidArgument,
    });
    expect(await refusal(logs().readLogLines({ taskId: 99 }))).toMatchObject({ code: Code.NotFound });
    expect(await refusal(logs().readLogLines({ taskId: id, limit: 5_001 }))).toMatchObject({
      code: Code.InvalidArgument,
    });
    hand.stop();
  });
});

rpc("tributary.v1.LogService.GetLogSummary", () => {
  it("counts lines by level, and tells where attempts begin", async () => {
    const id = await run();
    const hand = await HandWorker.start(server.transport(worker));
    const { attempt } = await hand.take();
    await hand.log(attempt, "fine\nERROR one\nWARNING: two\nerror: three\nno end");
    expect(await logs().getLogSummary({ taskId: id })).toMatchObject({
      size: { lineCount: 5, errorCount: 2, warningCount: 1, ended: false, droppedLineCount: 0 },
      attempts: [{ attempt: 1, firstLine: 0 }],
    });
    const { lines } = await logs().readLogLines({ taskId: id });
    expect(lines.map(({ level }) => level)).toEqual([
      LogLevel.INFO,
      LogLevel.ERROR,
      LogLevel.WARN,
      LogLevel.ERROR,
      LogLevel.INFO,
    ]);
    expect(await refusal(logs().getLogSummary({ taskId: 99 }))).toMatchObject({ code: Code.NotFound });
    hand.stop();
  });
});

rpc("tributary.v1.LogService.SearchLog", () => {
  it("answers counts and numbers of lines, and refuses what it cannot search for", async () => {
    const id = await run();
    const hand = await HandWorker.start(server.transport(worker));
    const { attempt } = await hand.take();
    await hand.log(attempt, "loss 1\nERROR Loss 2\n");
    await hand.log(attempt, "loss 3\nloss 4", LogStream.STDERR);
    const search = (query: MessageInitShape<typeof SearchLogRequestSchema>) =>
      Array.fromAsync(logs().searchLog({ taskId: id, ...query }));
    // A slow machine tells them in several answers.
    const linesOf = async (query: MessageInitShape<typeof SearchLogRequestSchema>) =>
      (await search(query)).flatMap(({ lines }) => lines);
    const last = (await search({ text: "loss" })).at(-1);
    // The last line has no end, and the task may still go on with it.
    expect(last).toMatchObject({ lines: [0, 1, 2], foundCount: 3, firstLine: 0, endLine: 3, end: SearchEnd.COMPLETE });
    expect(last?.size).toMatchObject({ lineCount: 4, errorCount: 1, ended: false });
    expect(await linesOf({ text: "loss", matchCase: true, streams: [LogStream.STDERR] })).toEqual([2]);
    expect(await linesOf({ levels: [LogLevel.ERROR] })).toEqual([1]);
    expect((await search({ text: "loss [12]$", regexp: true, limit: 1, stopAtLimit: true })).at(-1)).toMatchObject({
      lines: [0],
      end: SearchEnd.LIMIT,
    });
    const inRuns = await search({ streams: [LogStream.STDERR], asRuns: true });
    expect(inRuns.flatMap(({ runs }) => runs.map(({ firstLine, lineCount }) => [firstLine, lineCount]))).toEqual([
      [2, 1],
    ]);
    await hand.exit(attempt);
    expect(await linesOf({ text: "loss 4" })).toEqual([3]);
    expect(await refusal(search({ text: "(", regexp: true }))).toMatchObject({ code: Code.InvalidArgument });
    expect(await refusal(search({ levels: [LogLevel.UNSPECIFIED] }))).toMatchObject({ code: Code.InvalidArgument });
    expect(await refusal(search({ firstLine: 5, endLine: 5 }))).toMatchObject({ code: Code.InvalidArgument });
    expect(await refusal(search({ taskId: 99 }))).toMatchObject({ code: Code.NotFound });
    hand.stop();
  });
});

rpc("tributary.v1.LogService.FollowLog", () => {
  it("goes on from an offset after a lost connection and ends with the task", async () => {
    const id = await run();
    const hand = await HandWorker.start(server.transport(worker));
    const { attempt } = await hand.take();
    await hand.log(attempt, "one\n");
    const stop = new AbortController();
    let offset = 0n;
    for await (const { chunks, nextOffset } of logs().followLog({ taskId: id }, { signal: stop.signal })) {
      offset = nextOffset;
      if (chunks.length > 0) break;
    }
    stop.abort();
    expect(offset).toBe(4n);
    const rest = Array.fromAsync(logs().followLog({ taskId: id, start: { case: "offset", value: offset } }));
    await hand.log(attempt, "two\n");
    await hand.exit(attempt);
    const messages = await rest;
    const content = messages.flatMap(({ chunks }) => chunks.map((chunk) => new TextDecoder().decode(chunk.content)));
    expect(content.join("")).toBe("two\n");
    expect(messages.at(-1)?.size).toMatchObject({ lineCount: 2, ended: true });
    const tail = await Array.fromAsync(logs().followLog({ taskId: id, start: { case: "tailLines", value: 1 } }));
    expect(tail.flatMap(({ chunks }) => chunks.map((chunk) => chunk.firstLine))).toEqual([1]);
    expect(await refusal(Array.fromAsync(logs().followLog({ taskId: 99 })))).toMatchObject({ code: Code.NotFound });
    hand.stop();
  });

  it("leaves out all but the newest lines for who asks for these, and says where they begin", async () => {
    const id = await run();
    const hand = await HandWorker.start(server.transport(worker));
    const { attempt } = await hand.take();
    await hand.log(attempt, "0\n1\n2\n3\n");
    const told = logs().followLog({ taskId: id, newestLines: 2 })[Symbol.asyncIterator]();
    const next = async () => (await told.next()).value;
    expect(await next()).toMatchObject({ chunks: [], nextOffset: 0n, size: { lineCount: 4 } });
    expect(await next()).toMatchObject({ chunks: [{ offset: 4n, firstLine: 2 }], nextOffset: 8n });
    await hand.log(attempt, Array.from({ length: 1_000 }, (_, at) => `${at + 4}\n`).join(""));
    await hand.exit(attempt);
    const rest: FollowLogResponse[] = [];
    for (let each = await told.next(); !each.done; each = await told.next()) rest.push(each.value);
    const content = rest.flatMap(({ chunks }) => chunks.map((chunk) => new TextDecoder().decode(chunk.content)));
    expect(content.join("")).toMatch(/^1002\n1003\n$/);
    expect(rest.at(-1)?.size).toMatchObject({ lineCount: 1_004, ended: true });
    const tooMany = logs().followLog({ taskId: id, newestLines: 10_001 });
    expect(await refusal(Array.fromAsync(tooMany))).toMatchObject({ code: Code.InvalidArgument });
    hand.stop();
  });

  it("sends the pieces of one stream, with offsets and numbers of the whole log", async () => {
    const id = await run();
    const hand = await HandWorker.start(server.transport(worker));
    const { attempt } = await hand.take();
    await hand.log(attempt, "out\n");
    await hand.log(attempt, "err\n", LogStream.STDERR);
    await hand.log(attempt, "more\n");
    await hand.exit(attempt);
    const told = await Array.fromAsync(logs().followLog({ taskId: id, streams: [LogStream.STDERR] }));
    const pieces = told.flatMap(({ chunks }) => chunks);
    expect(pieces.map(({ offset, firstLine, stream }) => [offset, firstLine, stream])).toEqual([
      [4n, 1, LogStream.STDERR],
    ]);
    expect(told.at(-1)).toMatchObject({ nextOffset: 13n, size: { lineCount: 3, ended: true } });
    const unspecified = logs().followLog({ taskId: id, streams: [LogStream.UNSPECIFIED] });
    expect(await refusal(Array.fromAsync(unspecified))).toMatchObject({ code: Code.InvalidArgument });
    hand.stop();
  });
});

rpc("tributary.v1.LogService.DownloadLog", () => {
  it("answers the exact bytes", async () => {
    const id = await run();
    const hand = await HandWorker.start(server.transport(worker));
    const { attempt } = await hand.take();
    const raw = Uint8Array.from({ length: 100_000 }, (_, index) => index % 256);
    await hand.log(attempt, raw);
    const pieces = await Array.fromAsync(logs().downloadLog({ taskId: id }));
    expect(Buffer.concat(pieces.map(({ content }) => content)).equals(Buffer.from(raw))).toBe(true);
    expect(await refusal(Array.fromAsync(logs().downloadLog({ taskId: 99 })))).toMatchObject({ code: Code.NotFound });
    hand.stop();
  });
});

rpc("tributary.v1.SecretService.CreateSecret", () => {
  it("answers the secret without its value, and refuses a key that is taken", async () => {
    const { secret } = await secrets().createSecret({ key: "token", value: "v4lue" });
    expect(secret).toMatchObject({ key: "token", version: 1, updatedBy: "local" });
    expect(await refusal(secrets().createSecret({ key: "token", value: "x" }))).toMatchObject({
      code: Code.AlreadyExists,
    });
    expect(await refusal(secrets().createSecret({ key: "token2", value: "" }))).toMatchObject({
      code: Code.InvalidArgument,
    });
  });
});

rpc("tributary.v1.SecretService.ReplaceSecret", () => {
  it("makes a new version that attempts get, and refuses an unknown key", async () => {
    await secrets().createSecret({ key: "token", value: "old" });
    expect((await secrets().replaceSecret({ key: "token", value: "new" })).secret).toMatchObject({ version: 2 });
    expect(await refusal(secrets().replaceSecret({ key: "other", value: "x" }))).toMatchObject({ code: Code.NotFound });
  });
});

rpc("tributary.v1.SecretService.ListSecrets", () => {
  it("says who uses each, and never a value", async () => {
    await secrets().createSecret({ key: "token", value: "v4lue-of-token" });
    const secretTask = {
      ...hello,
      secrets: [{ variant: { case: "ame" as const, value: { key: "token", injectAs: "T" } } }],
    };
    await ame().createProject({ cfg: { name: "user", tasks: [secretTask] } });
    await secrets().createSecret({ key: "webhook", value: "v4lue-of-webhook" });
    const { source } = await sources().createSource({
      settings: { ...settings, secretKey: "token", webhookSecretKey: "webhook" },
    });
    const listed = (await secrets().listSecrets({})).secrets;
    expect(listed).toMatchObject([
      { key: "token", usedByTasks: ["user/hello"], usedBySources: [source!.id] },
      { key: "webhook", usedByTasks: [], usedBySources: [source!.id] },
    ]);
    expect(JSON.stringify(listed, (_, value) => (typeof value === "bigint" ? String(value) : value))).not.toContain(
      "v4lue",
    );
  });
});

rpc("tributary.v1.SecretService.DeleteSecret", () => {
  it("deletes, and refuses an unknown key", async () => {
    await secrets().createSecret({ key: "token", value: "value" });
    await secrets().deleteSecret({ key: "token" });
    expect((await secrets().listSecrets({})).secrets).toEqual([]);
    expect(await refusal(secrets().deleteSecret({ key: "token" }))).toMatchObject({ code: Code.NotFound });
  });
});

rpc("tributary.v1.OverviewService.GetOverview", () => {
  it("counts states and dialects, and groups failures and waits by their reason", async () => {
    const overview = () => createClient(OverviewService, server.transport()).getOverview({});
    const ids = [await run(), await run(), await run()];
    const before = await overview();
    expect(before.waits).toMatchObject([{ code: "no-worker", count: 3 }]);
    expect(before.oldestQueueTime).toBeDefined();
    const hand = await HandWorker.start(server.transport(worker), { slots: 3 });
    for (const exitCode of [0, 3]) {
      const { attempt } = await hand.take();
      await hand.exit(attempt, exitCode);
    }
    await hand.take();
    const after = await overview();
    const count = (state: TaskState) => after.states.find((entry) => entry.state === state)?.count;
    expect([
      count(TaskState.SUCCEEDED),
      count(TaskState.FAILED),
      count(TaskState.ACTIVE),
      count(TaskState.QUEUED),
    ]).toEqual([1, 1, 1, 0]);
    expect(after.failures).toMatchObject([
      { message: "Exit code 3", count: 1, projectNames: ["churn"], lastTaskId: ids[1] },
    ]);
    expect(after.running.map(({ id }) => id)).toEqual([ids[2]]);
    expect(after.durations).toMatchObject([{ ran: true }, { ran: true }]);
    await createClient(TaskService, server.transport()).cancelTask({ id: await run() });
    const [cancelled] = (await overview()).durations;
    expect(cancelled).toMatchObject({ state: TaskState.CANCELLED, milliseconds: 0n, ran: false });
    expect(after.workers).toMatchObject([{ name: "hand", online: true, slots: 3, slotsUsed: 1 }]);
    hand.stop();
  });

  it("tells why all of a long queue waits, and names the projects of its oldest", async () => {
    // Tried before: why it was queued again is not why it waits now.
    const again = { reason: { code: "lost", message: "Its worker stopped answering" } };
    const tasks = Array.from({ length: 600 }, (_, index) =>
      sampleTask(10_000 + index, { projectName: "churn", ...(index === 0 ? again : {}) }),
    );
    await addTasks(server.ports.store, tasks);
    const { waits, states } = await createClient(OverviewService, server.transport()).getOverview({});
    expect(states.find(({ state }) => state === TaskState.QUEUED)?.count).toBe(600);
    expect(waits).toMatchObject([{ count: 600, projectNames: ["churn"] }]);
  });

  it("refuses to look back further than a week", async () => {
    const asked = createClient(OverviewService, server.transport()).getOverview({ hours: 169 });
    expect(await refusal(asked)).toMatchObject({ code: Code.InvalidArgument });
  });
});

rpc("tributary.v1.OverviewService.GetOverview", () => {
  it("tells of one project alone when asked to", async () => {
    const ids = [await run("churn"), await run("forecast"), await run("forecast")];
    await sources().createSource({ settings });
    const of = (projectName: string) => createClient(OverviewService, server.transport()).getOverview({ projectName });
    expect((await of("forecast")).waits).toMatchObject([{ code: "no-worker", count: 2, projectNames: ["forecast"] }]);
    const hand = await HandWorker.start(server.transport(worker), { slots: 2 });
    for (let taken = 0; taken < 2; taken++) await hand.exit((await hand.take()).attempt, 3);
    const forecast = await of("forecast");
    expect(forecast.failures).toMatchObject([{ count: 1, projectNames: ["forecast"], lastTaskId: ids[1] }]);
    expect(forecast.durations.map(({ taskId }) => taskId)).toEqual([ids[1]]);
    const sum = ({ states }: typeof forecast) => states.reduce((all, { count }) => all + count, 0);
    expect([sum(forecast), forecast.sourceCount, forecast.workers.length]).toEqual([2, 0, 1]);
    const all = await of("");
    expect([sum(all), all.sourceCount]).toEqual([3, 1]);
    expect(sum(await of("elsewhere"))).toBe(0);
    hand.stop();
  });
});

rpc("tributary.v1.WorkerService.ListWorkers", () => {
  it("tells what each has and what it runs", async () => {
    const id = await run();
    const hand = await HandWorker.start(server.transport(worker));
    await hand.take();
    const { workers } = await createClient(WorkerService, server.transport()).listWorkers({});
    expect(workers).toMatchObject([
      { name: "hand", online: true, slots: 2, slotsUsed: 1, taskIds: [id], cpuMillis: 2_000n, ofServer: false },
    ]);
    const { task } = await createClient(TaskService, server.transport()).getTask({ id });
    expect(task?.title).not.toBe("");
    expect(workers[0]?.firstTasks).toMatchObject([{ id, title: task?.title }]);
    hand.stop();
  });
});

rpc("tributary.v1.WatchService.Watch", () => {
  /** Reads until a message fits. */
  async function until(messages: AsyncIterator<WatchResponse>, fits: (message: WatchResponse) => boolean) {
    for (;;) {
      const { done, value } = await messages.next();
      if (done) throw new Error("the watch ended");
      if (fits(value)) return value;
    }
  }
  const watch = (ask: object, signal: AbortSignal) =>
    createClient(WatchService, server.transport()).watch(ask, { signal })[Symbol.asyncIterator]();

  it("tells tasks, sources and secrets as they change, and goes on from a position", async () => {
    const stop = new AbortController();
    const messages = watch({}, stop.signal);
    const first = await messages.next();
    expect(first.value.heartbeat).toBe(true);
    const id = await run();
    const told = await until(messages, ({ tasks: changed }) => changed.some((task) => task.id === id));
    expect(told.tasks[0]).toMatchObject({ id, state: TaskState.QUEUED, reason: { code: "no-worker" } });
    const { source } = await sources().createSource({ settings });
    await until(messages, (message) => message.sources.some((changed) => changed.id === source!.id));
    await secrets().createSecret({ key: "token", value: "value" });
    await until(messages, (message) => message.secretsChanged);
    await sources().deleteSource({ id: source!.id });
    await until(messages, (message) => message.deletedSourceIds.includes(source!.id));
    stop.abort();
    const again = new AbortController();
    const resumed = watch({ position: told.position }, again.signal);
    await until(resumed, (message) => message.secretsChanged);
    again.abort();
  });

  it("tells only what was asked for", async () => {
    const stop = new AbortController();
    const ids = [await run(), await run()];
    const messages = watch({ topics: [WatchTopic.TASKS], taskIds: [ids[1]] }, stop.signal);
    await messages.next();
    await secrets().createSecret({ key: "other", value: "value" });
    await tasks().cancelTask({ id: ids[0]! });
    await tasks().cancelTask({ id: ids[1]! });
    const told = await until(messages, (message) => !message.heartbeat);
    expect(told.tasks.map(({ id, state }) => [id, state])).toEqual([[ids[1], TaskState.CANCELLED]]);
    expect(told.secretsChanged).toBe(false);
    stop.abort();
  });

  it("says reset when the position is no longer kept, and refuses what is no position", async () => {
    const old = (await tasks().listTasks({})).position;
    await run();
    await server.ports.store.trim(server.ports.store.position());
    const stop = new AbortController();
    const messages = watch({ position: "0" }, stop.signal);
    await until(messages, (message) => message.reset);
    stop.abort();
    expect(old).toMatch(/^[0-9a-z]+$/);
    expect(
      await refusal(Array.fromAsync(createClient(WatchService, server.transport()).watch({ position: "?!" }))),
    ).toMatchObject({
      code: Code.InvalidArgument,
    });
  });
});

rpc("tributary.v1.SystemService.GetSystem", () => {
  it("tells version, store and who asks", async () => {
    expect(await createClient(SystemService, server.transport()).getSystem({})).toMatchObject({
      version: "test",
      store: storeKind(),
      storeVersion: expect.stringMatching(
        storeKind() === "sqlite" ? /^3\.\d+\.\d+$/ : /^1[4-9]\.\d+$|^1[4-9](beta|rc)\d+$/,
      ),
      runtime: "Node 26",
      auth: "local",
      principal: "local",
    });
  });
});
