import { Code, createClient } from "@connectrpc/connect";
import { AmeService, ProjectSourceState } from "@tributary/proto/ame/v1/ame_pb";
import { TaskQueue } from "@tributary/proto/taskqueue/taskqueue_pb";
import { LogStream } from "@tributary/proto/tributary/v1/logs_pb";
import { AttemptOutcome } from "@tributary/proto/tributary/v1/tasks_pb";
import { expect, it } from "vitest";
import { deleteApprovedTasks } from "#core/tasks/delete-task.ts";
import { unpack } from "#test/conformance/unpack.ts";
import { bytes, hello, refusal, rpc, server } from "#test/facades/suite.ts";
import { HandWorker } from "#test/hand-worker.ts";
import { admin, worker } from "#test/in-process.ts";

const ame = () => createClient(AmeService, server.transport(admin));

async function newProject(name = "churn"): Promise<string> {
  return (await ame().createProject({ cfg: { name, tasks: [hello] }, enableTriggers: false })).name;
}

/** As the CLI uploads: identifier first, then chunks of a fixed size. */
async function* asUpload(taskid: string, filepath: string, content: Uint8Array<ArrayBuffer>, size: number) {
  yield { messages: { case: "identifier" as const, value: { taskid, filepath } } };
  for (let at = 0; at < content.length; at += size) {
    yield { messages: { case: "chunk" as const, value: { contents: content.subarray(at, at + size) } } };
  }
}

async function text(stream: AsyncIterable<{ contents: Uint8Array }>): Promise<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let all = "";
  // Each entry must be valid by itself.
  for await (const { contents } of stream) all += decoder.decode(contents);
  return all;
}

rpc("ame.v1.AmeService.CreateProject", () => {
  it("makes a new project at every call, named after the configuration", async () => {
    const [first, second] = [await newProject(), await newProject()];
    expect(first).toMatch(/^churn[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    expect(second).not.toBe(first);
  });

  it.each([
    [undefined, "cfg: is missing"],
    [{ name: "" }, "cfg.name: is empty"],
    [{ name: "My_Project" }, "may have lower case letters"],
    [{ name: "x".repeat(201) }, "at most 200"],
    [{ name: "a\0b" }, "may have lower case letters"],
    [{ name: "../etc" }, "may have lower case letters"],
  ])("refuses %j", async (cfg, why) => {
    expect(await refusal(ame().createProject(cfg ? { cfg } : {}))).toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining(why),
    });
  });
});

rpc("ame.v1.AmeService.UploadProjectFile", () => {
  it("keeps files as the CLI sends them: ./ in front, small chunks, empty files, a second upload over the first", async () => {
    const id = await newProject();
    const content = bytes("print('hello')\n".repeat(200));
    await ame().uploadProjectFile(asUpload(id, "./src/a.py", content, 100));
    await ame().uploadProjectFile(asUpload(id, "./empty", bytes(""), 100));
    await ame().uploadProjectFile(asUpload(id, "./b", bytes("old"), 1_000));
    await ame().uploadProjectFile(asUpload(id, "b", bytes("new!"), 1_000));
    const files = await server.ports.store.transact((tx, project: string) => tx.projectFiles.list(project), id);
    expect(files.map(({ path, size }) => [path, size])).toEqual([
      ["b", 4],
      ["empty", 0],
      ["src/a.py", content.length],
    ]);
    const kept = Buffer.concat(await Array.fromAsync(server.ports.objects.get(files[2]!.hash)));
    expect(kept.equals(content)).toBe(true);
  });

  it("takes the identifier after the content too", async () => {
    const id = await newProject();
    async function* late() {
      yield { messages: { case: "chunk" as const, value: { contents: bytes("head ") } } };
      yield { messages: { case: "identifier" as const, value: { taskid: id, filepath: "late" } } };
      yield { messages: { case: "chunk" as const, value: { contents: bytes("tail") } } };
    }
    await ame().uploadProjectFile(late());
    const [file] = await server.ports.store.transact((tx, project: string) => tx.projectFiles.list(project), id);
    expect(String(Buffer.concat(await Array.fromAsync(server.ports.objects.get(file!.hash))))).toBe("head tail");
  });

  it.each(["/etc/passwd", "../x", "a/../../x", "", "a\0b", "a\\b"])("refuses the path %j", async (path) => {
    const id = await newProject();
    expect(await refusal(ame().uploadProjectFile(asUpload(id, path, bytes("x"), 10)))).toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining("filepath: "),
    });
  });

  it("refuses an unknown project, a stream without identifier, and an empty message", async () => {
    expect(await refusal(ame().uploadProjectFile(asUpload("nope", "a", bytes("x"), 10)))).toMatchObject({
      code: Code.NotFound,
      message: "there is no project nope",
    });
    async function* none() {}
    expect(await refusal(ame().uploadProjectFile(none()))).toMatchObject({ code: Code.InvalidArgument });
    async function* empty() {
      yield {};
    }
    expect(await refusal(ame().uploadProjectFile(empty()))).toMatchObject({ code: Code.InvalidArgument });
  });
});

rpc("ame.v1.AmeService.RunTask", () => {
  it("queues the task under its upstream name and refuses the same one twice", async () => {
    const id = await newProject();
    const ask = { projectId: { name: id }, taskCfg: hello };
    expect(await ame().runTask(ask)).toMatchObject({ name: `${id}hellolocal` });
    expect(await refusal(ame().runTask(ask))).toMatchObject({
      code: Code.AlreadyExists,
      message: expect.stringContaining(`${id}hellolocal`),
    });
  });

  it("merges a template of the own project and of another by name", async () => {
    const template = { ...hello, name: "base", resources: { cpu: "1" } };
    await ame().createProject({ cfg: { name: "shared-templates", templates: [template] } });
    const { name: id } = await ame().createProject({ cfg: { name: "own", templates: [template] } });
    for (const fromTemplate of [{ name: "base" }, { name: "base", project: "shared-templates" }]) {
      const { name } = await ame().runTask({
        projectId: { name: id },
        taskCfg: { name: `t${fromTemplate.project ?? ""}`, fromTemplate },
      });
      const task = await server.ports.store.transact((tx, wanted: string) => tx.tasks.findByName("ame", wanted), name);
      expect(task?.demand).toEqual({ cpu: 1_000 });
    }
  });

  it.each([
    [{}, "projectId: is missing"],
    [{ projectId: { name: "PROJECT" } }, "taskCfg: is missing"],
    [{ projectId: { name: "PROJECT" }, taskCfg: {} }, "taskCfg.name: is missing"],
    [{ projectId: { name: "PROJECT" }, taskCfg: { name: "x" } }, "executor: task x has none"],
    [
      { projectId: { name: "PROJECT" }, taskCfg: { name: "x", fromTemplate: { name: "none" } } },
      "has no template none",
    ],
    [{ projectId: { name: "PROJECT" }, taskCfg: { ...hello, resources: { cpu: "many" } } }, "resources.cpu"],
    [{ projectId: { name: "PROJECT" }, taskCfg: { ...hello, env: [{ key: "1A", val: "x" }] } }, "environment variable"],
    [{ projectId: { name: "PROJECT" }, taskCfg: { ...hello, env: [{ key: "A", val: "x\0" }] } }, "NUL"],
    [{ projectId: { name: "PROJECT" }, taskCfg: { ...hello, name: "n".repeat(600) } }, "name: must have"],
  ])("refuses %j", async (ask, why) => {
    const id = await newProject();
    const own = "projectId" in ask ? { ...ask, projectId: { name: id } } : ask;
    expect(await refusal(ame().runTask(own))).toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining(why),
    });
  });

  it("refuses an unknown project", async () => {
    expect(await refusal(ame().runTask({ projectId: { name: "nope" }, taskCfg: hello }))).toMatchObject({
      code: Code.NotFound,
    });
  });
});

rpc("ame.v1.AmeService.GetTask", () => {
  it("answers the configuration as it was submitted", async () => {
    const { name: id } = await ame().createProject({ cfg: { name: "p", templates: [{ ...hello, name: "base" }] } });
    const taskCfg = {
      name: "full",
      fromTemplate: { name: "base" },
      resources: { cpu: "1", memory: "1Gi" },
      env: [{ key: "A", val: "b" }],
      secrets: [{ variant: { case: "ame" as const, value: { key: "k", injectAs: "K" } } }],
      artifactCfg: { saveChangedFiles: true, paths: ["out"] },
      triggers: { schedule: "* * * * *" },
    };
    const { name } = await ame().runTask({ projectId: { name: id }, taskCfg });
    const stored = await ame().getTask({ name });
    expect(stored).toMatchObject({ ...taskCfg, executor: { case: undefined } });
  });

  it("refuses an unknown name", async () => {
    expect(await refusal(ame().getTask({ name: "testssfsf" }))).toMatchObject({ code: Code.NotFound });
  });
});

rpc("ame.v1.AmeService.ListTasks", () => {
  it("always has a status with a phase, and quotes in the time stamp", async () => {
    const id = await newProject();
    const { name } = await ame().runTask({ projectId: { name: id }, taskCfg: hello });
    const phase = async () => (await ame().listTasks({})).tasks[name]?.status?.phase;
    expect((await ame().listTasks({})).tasks[name]?.timeStamp).toMatch(/^"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"$/);
    expect(await phase()).toMatchObject({ case: "pending" });
    const hand = await HandWorker.start(server.transport(worker));
    const { attempt } = await hand.take();
    expect(await phase()).toMatchObject({ case: "running", value: { workflowName: name } });
    await hand.exit(attempt);
    expect(await phase()).toMatchObject({ case: "succeeded", value: { workflowName: name } });
    hand.stop();
  });

  it("lists its own dialect's tasks only", async () => {
    const { taskId } = await createClient(TaskQueue, server.transport(admin)).submitTask({ command: "true" });
    const names = Object.keys((await ame().listTasks({})).tasks);
    expect(names.length).toBeGreaterThan(0);
    expect(names).not.toContain(String(taskId));
  });
});

rpc("ame.v1.AmeService.StreamTaskLogs", () => {
  it("follows from the start, may be opened before there is a log, and ends with the task", async () => {
    const id = await newProject();
    const { name } = await ame().runTask({ projectId: { name: id }, taskCfg: hello });
    const followed = text(ame().streamTaskLogs({ taskid: { name }, startFrom: 1, watch: true }));
    const hand = await HandWorker.start(server.transport(worker));
    const { attempt } = await hand.take();
    await hand.log(attempt, "one\n");
    await hand.log(attempt, "oops\n", LogStream.STDERR);
    // A character in two pieces must not be cut in two entries.
    await hand.log(attempt, Uint8Array.of(0xe2, 0x82));
    await hand.log(attempt, Uint8Array.of(0xac, 0x0a));
    await hand.exit(attempt);
    expect(await followed).toBe("one\noops\n€\n");
    expect(await text(ame().streamTaskLogs({ taskid: { name } }))).toBe("one\noops\n€\n");
    expect(await text(ame().streamTaskLogs({ taskid: { name }, startFrom: 2 }))).toBe("oops\n€\n");
    hand.stop();
  });

  it("ends at the present end when it is not to watch", async () => {
    const id = await newProject();
    const { name } = await ame().runTask({ projectId: { name: id }, taskCfg: hello });
    const hand = await HandWorker.start(server.transport(worker));
    const { attempt } = await hand.take();
    await hand.log(attempt, "so far\n");
    expect(await text(ame().streamTaskLogs({ taskid: { name }, watch: false }))).toBe("so far\n");
    await hand.exit(attempt);
    hand.stop();
  });

  it("refuses an unknown task at once", async () => {
    expect(await refusal(text(ame().streamTaskLogs({ taskid: { name: "nope" } })))).toMatchObject({
      code: Code.NotFound,
    });
    expect(await refusal(text(ame().streamTaskLogs({})))).toMatchObject({ code: Code.InvalidArgument });
  });
});

rpc("ame.v1.AmeService.CreateSecret", () => {
  it("keeps a secret once", async () => {
    await ame().createSecret({ key: "token", value: "s3cr3t-value" });
    expect(await refusal(ame().createSecret({ key: "token", value: "other" }))).toMatchObject({
      code: Code.AlreadyExists,
    });
  });

  it.each([
    ["", "x", "key: is empty"],
    ["Not Allowed", "x", "lower case letters"],
    ["k".repeat(254), "x", "at most 253"],
    ["key", "", "value: is empty"],
    ["key", "a\0b", "NUL"],
    ["key", "x".repeat(65_537), "at most 65536"],
  ])("refuses the key %j", async (key, value, why) => {
    const { code, message } = await refusal(ame().createSecret({ key, value }));
    expect([code, message]).toEqual([Code.InvalidArgument, expect.stringContaining(why)]);
    if (value.length > 1) expect(message).not.toContain(value);
  });
});

rpc("ame.v1.AmeService.ListSecrets", () => {
  it("answers keys by name and never a value", async () => {
    await ame().createSecret({ key: "zeta", value: "s3cr3t-value" });
    await ame().createSecret({ key: "alpha", value: "s3cr3t-value" });
    const answer = await ame().listSecrets({});
    expect(answer.secrets.map(({ key }) => key)).toEqual(["alpha", "zeta"]);
    expect(JSON.stringify(answer.secrets)).not.toContain("s3cr3t");
  });
});

rpc("ame.v1.AmeService.DeleteSecret", () => {
  it("deletes, and refuses an unknown one", async () => {
    await ame().createSecret({ key: "token", value: "value" });
    await ame().deleteSecret({ key: "token" });
    expect((await ame().listSecrets({})).secrets).toEqual([]);
    expect(await refusal(ame().deleteSecret({ key: "token" }))).toMatchObject({ code: Code.NotFound });
  });
});

const git = { repository: "https://git.invalid/team/churn.git", syncInterval: "10s" };

rpc("ame.v1.AmeService.CreateProjectSrc", () => {
  it("answers at once and refuses the same repository", async () => {
    const { name } = await ame().createProjectSrc({ git });
    expect(name).toMatch(/^ameprojectsrc[a-z0-9]{5}$/);
    expect(await refusal(ame().createProjectSrc({ git }))).toMatchObject({ code: Code.AlreadyExists });
  });

  it.each([
    "ext::sh -c touch% /tmp/pwned",
    "--upload-pack=touch /tmp/pwned",
    "file:///etc",
    "/etc",
    "",
    "https://user:pass@git.invalid/x.git",
    `https://git.invalid/${"x".repeat(2_100)}`,
  ])("refuses the repository %s", async (repository) => {
    expect(await refusal(ame().createProjectSrc({ git: { repository } }))).toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringMatching(/^repository: /),
    });
  });

  it("refuses a bad interval and a missing git", async () => {
    expect(await refusal(ame().createProjectSrc({}))).toMatchObject({ code: Code.InvalidArgument });
    expect(await refusal(ame().createProjectSrc({ git: { ...git, syncInterval: "soon" } }))).toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining("sync_interval"),
    });
  });
});

rpc("ame.v1.AmeService.GetProjectSrcId", () => {
  it("finds by exactly the repository", async () => {
    const { name } = await ame().createProjectSrc({ git });
    expect((await ame().getProjectSrcId({ repo: git.repository })).name).toBe(name);
    expect(await refusal(ame().getProjectSrcId({ repo: `${git.repository}/` }))).toMatchObject({ code: Code.NotFound });
  });
});

rpc("ame.v1.AmeService.GetProjectSrcCfg", () => {
  it("answers the settings with the secret's name", async () => {
    const full = { ...git, username: "ana", secret: "git-token" };
    const { name } = await ame().createProjectSrc({ git: full });
    expect((await ame().getProjectSrcCfg({ name })).git).toMatchObject(full);
    expect(await refusal(ame().getProjectSrcCfg({ name: "nope" }))).toMatchObject({ code: Code.NotFound });
  });
});

rpc("ame.v1.AmeService.GetProjectSrcStatus", () => {
  it("is pending until the first sync has ended", async () => {
    const { name } = await ame().createProjectSrc({ git });
    expect((await ame().getProjectSrcStatus({ name })).state).toBe(ProjectSourceState.Pending);
    expect(await refusal(ame().getProjectSrcStatus({ name: "nope" }))).toMatchObject({ code: Code.NotFound });
  });
});

rpc("ame.v1.AmeService.ListProjectSrcs", () => {
  it("answers all settings, in field 2", async () => {
    await ame().createProjectSrc({ git });
    expect((await ame().listProjectSrcs({})).cfgs.map((cfg) => cfg.git?.repository)).toEqual([git.repository]);
  });
});

rpc("ame.v1.AmeService.ListResource", () => {
  it("answers the ids of all sources and refuses empty parameters", async () => {
    const { name } = await ame().createProjectSrc({ git });
    const { ids } = await ame().listResource({ params: { case: "projectSourceListParams", value: {} } });
    expect(ids.map(({ id }) => id)).toMatchObject([{ case: "projectSrcId", value: { name } }]);
    expect(await refusal(ame().listResource({}))).toMatchObject({ code: Code.InvalidArgument });
  });
});

rpc("ame.v1.AmeService.CreateResource", () => {
  it("makes a source of the settings, and refuses an empty one", async () => {
    const { id } = await ame().createResource({ cfg: { case: "projectSrcCfg", value: { git } } });
    expect(id.case).toBe("projectSrcId");
    expect((await ame().listProjectSrcs({})).cfgs).toHaveLength(1);
    expect(await refusal(ame().createResource({}))).toMatchObject({ code: Code.InvalidArgument });
  });
});

rpc("ame.v1.AmeService.UpdateProjectSrc", () => {
  it("replaces the git settings as a whole and makes the source pending", async () => {
    const { name } = await ame().createProjectSrc({ git: { ...git, username: "ana", secret: "old" } });
    await ame().updateProjectSrc({ id: { name }, cfg: { git: { ...git, secret: "new" } } });
    const cfg = (await ame().getProjectSrcCfg({ name })).git;
    expect(cfg).toMatchObject({ secret: "new" });
    expect(cfg?.username).toBeUndefined();
    expect((await ame().getProjectSrcStatus({ name })).state).toBe(ProjectSourceState.Pending);
    await ame().updateProjectSrc({ id: { name }, cfg: {} });
    expect((await ame().getProjectSrcCfg({ name })).git).toMatchObject({ secret: "new" });
    expect(await refusal(ame().updateProjectSrc({ cfg: { git } }))).toMatchObject({ code: Code.InvalidArgument });
    expect(await refusal(ame().updateProjectSrc({ id: { name: "nope" }, cfg: { git } }))).toMatchObject({
      code: Code.NotFound,
    });
  });
});

rpc("ame.v1.AmeService.WatchProjectSrc", () => {
  it("answers the present status at once, then each change, and ends when the source is deleted", async () => {
    const { name } = await ame().createProjectSrc({ git });
    const statuses = ame().watchProjectSrc({ name })[Symbol.asyncIterator]();
    expect((await statuses.next()).value?.state).toBe(ProjectSourceState.Pending);
    const next = statuses.next();
    await ame().updateProjectSrc({ id: { name }, cfg: { git: { ...git, secret: "x" } } });
    expect((await next).value?.state).toBe(ProjectSourceState.Pending);
    const last = statuses.next();
    await ame().deleteProjectSrc({ name });
    expect((await last).done).toBe(true);
    expect(await refusal(Array.fromAsync(ame().watchProjectSrc({ name: "nope" })))).toMatchObject({
      code: Code.NotFound,
    });
  });
});

rpc("ame.v1.AmeService.DeleteProjectSrc", () => {
  it("deletes, and refuses an unknown one", async () => {
    const { name } = await ame().createProjectSrc({ git });
    await ame().deleteProjectSrc({ name });
    expect((await ame().listProjectSrcs({})).cfgs).toEqual([]);
    expect(await refusal(ame().deleteProjectSrc({ name }))).toMatchObject({ code: Code.NotFound });
  });
});

rpc("ame.v1.AmeService.RemoveTask", () => {
  const names = async () => Object.keys((await ame().listTasks({})).tasks);

  it("deletes an ended task when that is approved, with its log; unapproved it is marked and refused", async () => {
    const hand = await HandWorker.start(server.transport(worker));
    const { name } = await ame().runTask({ projectId: { name: await newProject() }, taskCfg: hello });
    const { attempt } = await hand.take();
    await hand.log(attempt, "hi\n");
    await hand.exit(attempt);
    const unapproved = { code: Code.FailedPrecondition, message: expect.stringContaining("not approved for deletion") };
    expect(await refusal(ame().removeTask({ name }))).toMatchObject(unapproved);
    expect(await refusal(ame().removeTask({ name, approve: false }))).toMatchObject(unapproved);
    expect(await names()).toEqual([name]);
    await ame().removeTask({ name, approve: true });
    expect(await names()).toEqual([]);
    expect((await server.ports.logs.size(attempt.taskId)).bytes).toBe(0);
    expect(await refusal(ame().getTask({ name }))).toMatchObject({ code: Code.NotFound });
    expect(await refusal(ame().removeTask({ name, approve: true }))).toMatchObject({ code: Code.NotFound });
    hand.stop();
  });

  it("cancels what runs, which goes when it has ended", async () => {
    const hand = await HandWorker.start(server.transport(worker), { id: "second" });
    const { name } = await ame().runTask({ projectId: { name: await newProject() }, taskCfg: hello });
    const { attempt } = await hand.take();
    await ame().removeTask({ name, approve: true });
    await hand.order("cancel");
    expect(await names()).toEqual([name]);
    await hand.end(attempt, AttemptOutcome.CANCELLED);
    await deleteApprovedTasks(server.ports);
    expect(await names()).toEqual([]);
    hand.stop();
  });

  it("deletes at once what has not started", async () => {
    const taskCfg = { ...hello, resources: { cpu: "64" } };
    const { name } = await ame().runTask({ projectId: { name: await newProject() }, taskCfg });
    await ame().removeTask({ name, approve: true });
    expect(await names()).toEqual([]);
  });
});

rpc("ame.v1.AmeService.DeleteTask", () => {
  it("marks a task without a word, deletes one whose deletion was approved, and refuses an unknown one", async () => {
    const { name } = await ame().runTask({ projectId: { name: await newProject() }, taskCfg: hello });
    await ame().deleteTask({ name });
    expect(Object.keys((await ame().listTasks({})).tasks)).toEqual([name]);
    await ame().removeTask({ name, approve: true });
    expect(await refusal(ame().deleteTask({ name }))).toMatchObject({ code: Code.NotFound });
  });
});

rpc("ame.v1.AmeService.CreateTaskProjectDirectory", () => {
  it("has directories that are there before the run, empty ones too; refuses paths that leave, and unknown projects", async () => {
    const id = await newProject();
    const paths = ["./logs", "out/deep/er"];
    await ame().createTaskProjectDirectory({ projectid: id, taskid: { name: "hello" }, paths });
    await ame().createTaskProjectDirectory({ taskid: { name: id }, paths: ["more"] });
    await ame().runTask({ projectId: { name: id }, taskCfg: hello });
    const hand = await HandWorker.start(server.transport(worker));
    const { attempt } = await hand.take();
    const chunks = async function* () {
      for await (const { content } of hand.client.fetchInputs({ workerId: hand.id, attempt })) yield content;
    };
    expect([...(await unpack(chunks())).keys()]).toEqual(["logs/", "more/", "out/deep/er/"]);
    const create = (request: object) => refusal(ame().createTaskProjectDirectory(request));
    expect(await create({ projectid: id, paths })).toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining("taskid"),
    });
    expect(await create({ taskid: { name: id }, paths: ["../x"] })).toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining("paths"),
    });
    expect(await create({ taskid: { name: "nope" }, paths })).toMatchObject({ code: Code.NotFound });
    hand.stop();
  });
});

rpc("ame.v1.AmeService.TrainModel", () => {
  const model = (name: string, more: object = {}) => ({
    name,
    training: { task: { taskRef: { name: "fit" } } },
    ...more,
  });
  const custom = { case: "custom" as const, value: { pythonVersion: "3", command: "python3 fit.py" } };
  const push = (name: string, models: readonly object[]) =>
    ame().createProject({ cfg: { name, tasks: [{ name: "fit", executor: custom }], models: [...models] } });

  it("runs the model's training task, each time as a task of its own, for the newest upload of the project's name", async () => {
    await push("shop", [model("price")]);
    const { name: id } = await push("shop", [model("price")]);
    expect(await ame().trainModel({ projectid: "shop", modelName: "price" })).toEqual(
      expect.not.objectContaining({ name: expect.anything() }),
    );
    await ame().trainModel({ projectid: "shop", modelName: "price" });
    const names = Object.keys((await ame().listTasks({})).tasks).sort();
    expect(names).toEqual([`${id}pricefit-1`, `${id}pricefit-2`]);
    expect(await ame().getTask({ name: names[0]! })).toMatchObject({ name: "fit", executor: custom });
  });

  it("refuses unknown projects and models, a model without training, and a task that does not exist", async () => {
    await push("odd", [
      { name: "plain" },
      model("broken", { training: { task: { taskRef: { name: "nope" } } } }),
      model("bare", { training: { task: { name: "no-executor" } } }),
    ]);
    const train = (projectid: string, modelName: string) => refusal(ame().trainModel({ projectid, modelName }));
    expect(await train("nope", "plain")).toEqual({
      code: Code.NotFound,
      message: "there is no project nope, so no model plain of it; names count, not ids",
    });
    expect(await train("odd", "nope")).toEqual({
      code: Code.NotFound,
      message: "project odd has no model nope; its models are: plain, broken, bare",
    });
    expect(await train("odd", "plain")).toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining("model plain of project odd has no training"),
    });
    expect(await train("odd", "broken")).toEqual({
      code: Code.InvalidArgument,
      message: "training.task.taskRef: project odd has no task nope; it has: fit",
    });
    expect(await train("odd", "bare")).toMatchObject({ code: Code.InvalidArgument });
    expect(await train("", "x")).toMatchObject({ code: Code.InvalidArgument });
    expect(await train("odd", "")).toMatchObject({ code: Code.InvalidArgument });
  });
});
