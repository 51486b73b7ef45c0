import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  type CallOptions,
  Code,
  ConnectError,
  createClient,
  createRouterTransport,
  type Interceptor,
} from "@connectrpc/connect";
import { Agent } from "@tributary/proto/agent/AgentService_pb";
import { ResponseCode, RunJobRequestSchema, RunJobResponseSchema } from "@tributary/proto/agent/RunJob_pb";
import { AttemptEndSchema } from "@tributary/proto/tributary/v1/dispatch_pb";
import { StagedFileService } from "@tributary/proto/tributary/v1/staged_files_pb";
import { AttemptOutcome, AttemptPhase, TaskService, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { WatchService, WatchTopic } from "@tributary/proto/tributary/v1/watch_pb";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { folderFileSource } from "#adapters/file-source/folder/index.ts";
import { expireLeases } from "#core/dispatch/expire-leases.ts";
import { RefusedError } from "#core/errors.ts";
import { Staging } from "#core/jobs/staging.ts";
import { JobStarter } from "#core/jobs/start-jobs.ts";
import { sweepJobs } from "#core/jobs/sweep-jobs.ts";
import { jobPlaces } from "#core/jobs/to-job-spec.ts";
import type { FileSource } from "#core/ports/file-source.ts";
import { releaseDueTasks } from "#core/tasks/release-due-tasks.ts";
import { jobHandlers } from "#facades/agent/jobs.ts";
import { principalKey } from "#rpc/auth.ts";
import { refusal } from "#test/facades/suite.ts";
import { HandWorker } from "#test/hand-worker.ts";
import { admin, type InProcess, openInProcess, worker } from "#test/in-process.ts";
import { manualClock } from "#test/manual-clock.ts";

const { WAIT, RUN, DONE } = ResponseCode;
const script = "#!/bin/sh\necho hello\n";

let server: InProcess;
let folder: string;
/** Files that were asked for, in order. */
let opened: string[];
let broken: boolean;
const clock = manualClock();

beforeEach(async () => {
  opened = [];
  broken = false;
  const sources: FileSource[] = [];
  server = await openInProcess({
    clock,
    fileSources: sources,
    staging: new Staging({ bytes: 1_000_000, longestHold: 60_000 }),
  });
  folder = join(server.folder, "source");
  await mkdir(folder);
  const place = folderFileSource({ folder });
  sources.push({
    place: "the test's folder",
    async open(id, signal) {
      opened.push(id);
      if (broken) throw new RefusedError("unavailable", "it is down");
      return place.open(id, signal);
    },
  });
});
afterEach(async () => {
  await server.ports.staging.close();
  await server.close();
  expect(server.faults).toEqual([]);
});

const agent = () => createClient(Agent, server.transport());
const files = () => createClient(StagedFileService, server.transport());
const inFolder = (id: string, text = script) => writeFile(join(folder, id), text);
const id = (uuid: string) => ({ uuid });

const into = (all: Headers) => (told: Headers) => {
  for (const [name, value] of told) all.append(name, value);
};

/** An answer with its trailing metadata. */
async function run(
  job: string,
  fileIds: readonly string[] = [],
  { python, ...options }: CallOptions & { readonly python?: string } = {},
): Promise<{ code: ResponseCode; trailers: Headers }> {
  const trailers = new Headers();
  const requirements = python === undefined ? [] : [{ pythonVersion: python }];
  const { code } = await agent().runJob(
    { job: id(job), files: fileIds.map(id), requirements },
    { onTrailer: into(trailers), ...options },
  );
  return { code, trailers };
}

async function stage(job: string, fileIds: readonly string[], options: CallOptions = {}) {
  const trailers = new Headers();
  const { successFiles } = await agent().stageInFiles(
    { job: id(job), files: fileIds.map(id) },
    { onTrailer: into(trailers), ...options },
  );
  const errors = (trailers.get("stage-error-bin") ?? "").split(",").filter((text) => text !== "");
  return {
    staged: successFiles.map(({ file }) => file?.uuid),
    errors: errors.map((text) => Buffer.from(text.trim(), "base64").toString()),
  };
}

async function upload(fileId: string, text: string) {
  async function* parts() {
    yield { part: { case: "id" as const, value: fileId } };
    yield { part: { case: "content" as const, value: new TextEncoder().encode(text) } };
  }
  return (await files().uploadStagedFile(parts())).file;
}

/** Steps until nothing is being fetched. */
async function settle(starter: JobStarter): Promise<void> {
  await starter.step();
  await expect
    .poll(() => opened.some((each) => server.ports.staging.isUnderWay(each)), { timeout: 15_000 })
    .toBe(false);
  await starter.step();
}

const hand = () =>
  HandWorker.start(server.transport(worker), {
    pythonVersions: ["3.11.2", "3.9.1"],
    offers: { [jobPlaces]: 1n },
  });

describe("Agent.StageInFiles", () => {
  it("answers what is here, in the order of the request and without repeats, and says of the rest why", async () => {
    await inFolder("b");
    await inFolder("a");
    expect(await stage("job", ["b", "nowhere", "a", "b"])).toEqual({
      staged: ["b", "a"],
      errors: ["nowhere NOT_FOUND"],
    });
    expect(await stage("job", [])).toEqual({ staged: ["b", "a"], errors: [] });
  });

  it("fetches a file once for two hundred calls, and not again for the next", async () => {
    await inFolder("shared");
    const calls = Array.from({ length: 200 }, () => stage("job", ["shared"]));
    for (const answer of await Promise.all(calls)) expect(answer.staged).toEqual(["shared"]);
    expect(await stage("later", ["shared"])).toMatchObject({ staged: ["shared"] });
    expect(opened).toEqual(["shared"]);
  });

  it("verifies content that the id names by its hash, in either case of its letters", async () => {
    const sha1 = createHash("sha1").update(script).digest("hex");
    const sha256 = createHash("sha256").update(script).digest("hex");
    const wrong = createHash("sha256").update("something else").digest("hex");
    for (const name of [sha1, sha256, wrong]) await inFolder(name);
    expect(await stage("job", [sha1.toUpperCase(), sha256, wrong])).toEqual({
      staged: [sha1, sha256],
      errors: [`${wrong} CHECKSUM`],
    });
  });

  it("answers before the deadline with what there is, and goes on fetching", async () => {
    await inFolder("quick");
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const sources = server.ports.fileSources as FileSource[];
    sources.unshift({
      place: "a slow one",
      async open(fileId) {
        if (fileId !== "slow") return undefined;
        return (async function* () {
          await released;
          yield new TextEncoder().encode("late");
        })();
      },
    });
    expect(await stage("job", ["slow", "quick"], { timeoutMs: 1_500 })).toEqual({ staged: ["quick"], errors: [] });
    release();
    await expect.poll(async () => (await stage("job", ["slow"])).staged, { timeout: 15_000 }).toEqual(["slow"]);
  });

  it("says when a source cannot be asked, and when there is no room", async () => {
    broken = true;
    expect((await stage("job", ["x"])).errors).toEqual(["x UNAVAILABLE"]);
    broken = false;
    await inFolder("large", "#".repeat(1_000_001));
    expect(await refusal(stage("job", ["large"]))).toMatchObject({ code: Code.ResourceExhausted });
    await inFolder("small");
    expect(await stage("job", ["large", "small"])).toEqual({ staged: ["small"], errors: ["large NO_SPACE"] });
  });

  it("makes room by forgetting what no job needs, the least recently used first", async () => {
    await upload("old", "#".repeat(400_000));
    clock.advance(1_000);
    await upload("newer", "#".repeat(400_000));
    clock.advance(1_000);
    await inFolder("needed", "#".repeat(400_000));
    expect((await stage("job", ["needed"])).staged).toEqual(["needed"]);
    expect((await files().listStagedFiles({})).files.map((file) => file.id)).toEqual(["needed", "newer"]);
  });

  it.each(["", "..", "a/b", "../x", "a b", "a\0b", "x".repeat(257)])("refuses the id %j", async (bad) => {
    expect(await refusal(stage("job", [bad]))).toMatchObject({ code: Code.InvalidArgument });
    expect(await refusal(stage(bad, ["x"]))).toMatchObject({ code: Code.InvalidArgument });
  });

  it("refuses new files of a job that has started", async () => {
    await inFolder("main");
    const one = await hand();
    await run("job", ["main"]);
    await settle(new JobStarter(server.ports));
    await one.take();
    expect(await refusal(stage("job", ["other"]))).toMatchObject({ code: Code.FailedPrecondition });
    expect(await stage("job", ["main"])).toMatchObject({ staged: ["main"] });
    one.stop();
  });
});

describe("Agent.RunJob", () => {
  it("waits for files, runs and ends, and says how by trailing metadata", async () => {
    const one = await hand();
    const starter = new JobStarter(server.ports);
    expect(await run("job", ["main", "data"])).toMatchObject({ code: WAIT });
    await starter.step();
    await settle(starter);
    const held = await run("job");
    expect(held.code).toBe(WAIT);
    expect(held.trailers.get("job-state")).toBe("HELD");
    expect(held.trailers.get("job-reason")).toMatch(/^File main was not uploaded, and no source has it/);
    await upload("main", script);
    await upload("data", "1,2\n");
    await settle(starter);
    const assignment = await one.order("assign");
    expect(assignment).toMatchObject({ title: "job", hasInputs: true, command: { case: "argv" } });
    expect(assignment.command.value).toMatchObject({ arguments: ["./main"] });
    expect((await run("job")).trailers.get("job-state")).toBe("STARTING");
    const attempt = assignment.attempt!;
    await one.report(attempt, 4);
    const running = await run("job");
    expect(running.code).toBe(RUN);
    expect(running.trailers.get("job-state")).toBe("RUNNING");
    expect(Date.parse(running.trailers.get("job-started-at") ?? "")).toBeGreaterThan(0);
    await one.exit(attempt, 3);
    const done = await run("job");
    expect(done.code).toBe(DONE);
    expect(Object.fromEntries(done.trailers)).toMatchObject({
      "job-state": "FAILED",
      "job-exit-code": "3",
      "job-reason": "Exit code 3",
    });
    one.stop();
  });

  it("starts a job once, however often it is asked", async () => {
    await inFolder("main");
    const one = await hand();
    await Promise.all(Array.from({ length: 100 }, () => run("job", ["main"])));
    await settle(new JobStarter(server.ports));
    const { attempt } = await one.take();
    await one.exit(attempt);
    expect((await run("job", ["main"])).code).toBe(DONE);
    const { tasks } = await createClient(TaskService, server.transport()).listTasks({});
    expect(tasks).toMatchObject([{ name: "job", state: TaskState.SUCCEEDED, attempt: 1 }]);
    one.stop();
  });

  it("chooses an interpreter that satisfies every requirement, or refuses", async () => {
    const one = await hand();
    await upload("main", "print(1)\n");
    expect(await refusal(run("job", ["main"], { python: "3.12" }))).toMatchObject({
      code: Code.FailedPrecondition,
      message: expect.stringContaining("workers have 3.11.2, 3.9.1"),
    });
    expect(await refusal(run("job"))).toMatchObject({ code: Code.NotFound });
    await run("job", ["main"], { python: "<3.11" });
    await settle(new JobStarter(server.ports));
    const assignment = await one.take();
    expect(assignment.python).toMatchObject({ version: "3.9.1", lockKind: "" });
    expect(assignment.command.value).toMatchObject({ arguments: ["python", "./main"] });
    one.stop();
  });

  it("refuses another definition, an unknown job, and an entry point that cannot be run", async () => {
    await inFolder("main");
    await run("job", ["main"]);
    expect(await refusal(run("job", ["main", "more"]))).toMatchObject({ code: Code.AlreadyExists });
    expect(await refusal(run("job", ["main"], { python: "3" }))).toMatchObject({ code: Code.AlreadyExists });
    expect(await refusal(run("unknown"))).toMatchObject({ code: Code.NotFound });
    await upload("notes", "just text\n");
    expect(await refusal(run("notes-job", ["notes"]))).toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining("cannot be run"),
    });
    expect(await refusal(run("bad", ["main"], { python: "newest" }))).toMatchObject({ code: Code.InvalidArgument });
  });

  it("ends with ERROR when the first file turns out not to be a program, and when one is missing for too long", async () => {
    const starter = new JobStarter(server.ports);
    await inFolder("text", "no program\n");
    await run("text-job", ["text"]);
    await run("lost-job", ["nowhere"]);
    await settle(starter);
    expect((await run("text-job")).trailers.get("job-state")).toBe("ERROR");
    expect((await run("lost-job")).trailers.get("job-state")).toBe("HELD");
    clock.advance(61_000);
    await settle(starter);
    const lost = await run("lost-job");
    expect(lost.code).toBe(DONE);
    expect(Object.fromEntries(lost.trailers)).toMatchObject({
      "job-state": "ERROR",
      "job-reason": expect.stringContaining("File nowhere"),
    });
  });

  it("answers NEW for a job that only has files, and CANCELED for one that was cancelled", async () => {
    await inFolder("main");
    await stage("job", ["main"]);
    const fresh = await run("job");
    expect([fresh.code, fresh.trailers.get("job-state")]).toEqual([WAIT, "NEW"]);
    await run("job", ["main"]);
    const { tasks } = await createClient(TaskService, server.transport()).listTasks({});
    await createClient(TaskService, server.transport()).cancelTask({ id: tasks[0]!.id });
    expect((await run("job")).trailers.get("job-state")).toBe("CANCELED");
    await settle(new JobStarter(server.ports));
    expect((await run("job")).trailers.get("job-state")).toBe("CANCELED");
  });

  it("waits when it is asked to, until the code has come or shortly before the deadline", async () => {
    await inFolder("main");
    const one = await hand();
    await run("job", ["main"]);
    await settle(new JobStarter(server.ports));
    const headers = { "wait-for": "DONE" };
    expect((await run("job", [], { headers, timeoutMs: 1_000 })).code).not.toBe(DONE);
    const waiting = run("job", [], { headers, timeoutMs: 30_000 });
    const { attempt } = await one.take();
    await one.exit(attempt);
    expect(await waiting).toMatchObject({ code: DONE });
    expect(await refusal(run("job", [], { headers: { "wait-for": "LUNCH" } }))).toMatchObject({
      code: Code.InvalidArgument,
    });
    one.stop();
  });
});

describe("a job's id", () => {
  it("that is a UUID names the same job and the same file in either case of its letters", async () => {
    const job = "2F1C7E0A-0000-4000-8000-00000000ABCD";
    await inFolder(job.toLowerCase());
    expect(await stage(job, [job])).toMatchObject({ staged: [job.toLowerCase()] });
    await run(job, [job.toLowerCase()]);
    expect((await run(job.toLowerCase(), [job])).code).toBe(WAIT);
    // Others are as they are written.
    await stage("Job", []);
    expect(await refusal(run("job"))).toMatchObject({ code: Code.NotFound });
  });

  it("may not come with more than ten thousand files", async () => {
    const many = Array.from({ length: 10_001 }, (_, n) => `f${n}`);
    for (const call of [() => stage("job", many), () => run("job", many)]) {
      const refused = await refusal(call());
      expect(refused).toMatchObject({ code: Code.InvalidArgument });
      expect(refused.message).toContain("files: a job may have 10000 files");
    }
  });
});

describe("the end of a job", () => {
  async function begun() {
    await inFolder("main");
    const one = await hand();
    await run("job", ["main"]);
    await settle(new JobStarter(server.ports));
    return { one, attempt: (await one.take()).attempt };
  }

  it("by a signal is told with it", async () => {
    const { one, attempt } = await begun();
    const how = create(AttemptEndSchema, { outcome: AttemptOutcome.FAILED, signal: "SIGKILL" });
    await one.report(attempt, AttemptPhase.ENDED, how);
    const { code, trailers } = await run("job");
    expect(code).toBe(DONE);
    expect(Object.fromEntries(trailers)).toMatchObject({ "job-state": "FAILED", "job-signal": "SIGKILL" });
    one.stop();
  });

  it("by the loss of its worker is ERROR, and it is never started again", async () => {
    const { one } = await begun();
    clock.advance(31_000);
    await expireLeases(server.ports);
    const { code, trailers } = await run("job");
    expect([code, trailers.get("job-state")]).toEqual([DONE, "ERROR"]);
    expect(trailers.get("job-reason")).toContain("stopped answering");
    clock.advance(3_600_000);
    await releaseDueTasks(server.ports);
    const other = await hand();
    await settle(new JobStarter(server.ports));
    expect((await run("job", ["main"])).trailers.get("job-state")).toBe("ERROR");
    const { tasks } = await createClient(TaskService, server.transport()).listTasks({});
    expect(tasks).toMatchObject([{ state: TaskState.FAILED, attempt: 1 }]);
    for (const each of [one, other]) each.stop();
  });

  it("is forgotten with its task, and the id is free then", async () => {
    const { one, attempt } = await begun();
    await one.exit(attempt);
    const tasks = createClient(TaskService, server.transport());
    await tasks.deleteTask({ id: (await tasks.listTasks({})).tasks[0]!.id });
    await sweepJobs(server.ports, { createdBefore: 0 }, AbortSignal.timeout(10_000));
    expect(await refusal(run("job"))).toMatchObject({ code: Code.NotFound });
    expect((await run("job", ["main"])).code).toBe(WAIT);
    one.stop();
  });

  it("that is no success is ABORTED where clients read no metadata, and told with it all the same", async () => {
    const { one, attempt } = await begun();
    const as: Interceptor = (next) => (request) => {
      request.contextValues.set(principalKey, admin);
      return next(request);
    };
    const transport = createRouterTransport(
      ({ service }) => void service(Agent, jobHandlers(server.ports, "aborted")),
      { router: { interceptors: [as] } },
    );
    const plain = () => createClient(Agent, transport).runJob({ job: id("job"), files: [], requirements: [] });
    expect(await plain()).toMatchObject({ code: RUN });
    await one.exit(attempt, 7);
    const refused = await plain().then(
      () => undefined,
      (error: unknown) => ConnectError.from(error),
    );
    expect(refused?.code).toBe(Code.Aborted);
    expect(refused?.rawMessage).toContain("FAILED");
    expect(refused?.metadata.get("job-exit-code")).toBe("7");
    one.stop();
  });
});

describe("the Agent's messages", () => {
  it("say WAIT on the wire, though it is zero", () => {
    expect([...toBinary(RunJobResponseSchema, { $typeName: "RunJobResponse", code: WAIT })]).toEqual([0x08, 0x00]);
  });

  it("that lack what is required are read, and refused with the field", async () => {
    expect(fromBinary(RunJobRequestSchema, new Uint8Array()).job).toBeUndefined();
    // Unknown field 15 with a value.
    expect(fromBinary(RunJobRequestSchema, Uint8Array.of(0x78, 0x01)).files).toEqual([]);
  });
});

describe("tributary.v1.StagedFileService.UploadStagedFile", () => {
  it("keeps a file under its id, says what it is, and takes the same again", async () => {
    const file = await upload("main", script);
    expect(file).toMatchObject({
      id: "main",
      sizeBytes: BigInt(script.length),
      sha256: createHash("sha256").update(script).digest("hex"),
    });
    expect(await upload("main", script)).toMatchObject({ id: "main" });
  });

  it("refuses other content under an id that is taken, a hash that is not the content's, and a stream without id", async () => {
    await upload("main", script);
    expect(await refusal(upload("main", "other"))).toMatchObject({ code: Code.FailedPrecondition });
    expect(await refusal(upload("a".repeat(64), "x"))).toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining("the SHA-256 of what came is 2d711642b726b04401"),
    });
    async function* nameless() {
      yield { part: { case: "content" as const, value: new Uint8Array(1) } };
    }
    expect(await refusal(files().uploadStagedFile(nameless()))).toMatchObject({ code: Code.InvalidArgument });
  });
});

describe("tributary.v1.StagedFileService.ListStagedFiles", () => {
  it("lists by id, page by page, with what all of them take", async () => {
    for (const name of ["c", "a", "b"]) await upload(name, name.repeat(10));
    const first = await files().listStagedFiles({ pageSize: 2 });
    expect(first.files.map((file) => file.id)).toEqual(["a", "b"]);
    expect(first).toMatchObject({ totalBytes: 30n, limitBytes: 1_000_000n });
    const second = await files().listStagedFiles({ pageSize: 2, pageToken: first.nextPageToken });
    expect(second.files.map((file) => file.id)).toEqual(["c"]);
    expect(second.nextPageToken).toBe("");
  });

  it("refuses a page token of another list", async () => {
    expect(await refusal(files().listStagedFiles({ pageToken: "bm9uc2Vuc2U" }))).toMatchObject({
      code: Code.InvalidArgument,
    });
  });
});

describe("tributary.v1.WatchService.Watch", () => {
  it("tells that staged files came, were used, and went", async () => {
    const stop = new AbortController();
    const watched = createClient(WatchService, server.transport()).watch(
      { topics: [WatchTopic.STAGED_FILES] },
      { signal: stop.signal },
    );
    const messages = watched[Symbol.asyncIterator]();
    const change = async () => {
      for (;;) {
        const { done, value } = await messages.next();
        if (done || value.stagedFilesChanged) return !done;
      }
    };
    await messages.next();
    await upload("main", script);
    expect(await change()).toBe(true);
    await files().deleteStagedFile({ id: "main" });
    expect(await change()).toBe(true);
    stop.abort();
  });
});

describe("tributary.v1.StagedFileService.DeleteStagedFile", () => {
  it("forgets a file", async () => {
    await upload("main", script);
    await files().deleteStagedFile({ id: "main" });
    expect((await files().listStagedFiles({})).files).toEqual([]);
    expect(await refusal(files().deleteStagedFile({ id: "main" }))).toMatchObject({ code: Code.NotFound });
  });

  it("refuses while a job needs it that has not ended", async () => {
    await upload("main", script);
    await run("job", ["main"]);
    const refused = await files()
      .deleteStagedFile({ id: "main" })
      .catch((error: unknown) => ConnectError.from(error));
    expect(refused).toMatchObject({ code: Code.FailedPrecondition });
  });
});
