import { createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { LogService } from "@tributary/proto/tributary/v1/logs_pb";
import { ProjectService } from "@tributary/proto/tributary/v1/projects_pb";
import { SecretService } from "@tributary/proto/tributary/v1/secrets_pb";
import { type Source, SourceIssueKind, SourceService, SourceState } from "@tributary/proto/tributary/v1/sources_pb";
import { AttemptOutcome, TaskService, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newCanary } from "#test/canaries.ts";
import { type GitServer, startGitServer } from "#test/git-server.ts";
import { nativeClient } from "#test/journeys/native-client.ts";
import { ServerProcess } from "#test/server-process.ts";

let server: ServerProcess;
let git: GitServer;
let browser: Transport;

beforeAll(async () => {
  [server, git] = await Promise.all([
    ServerProcess.start({ environment: { UV_PYTHON_DOWNLOADS: "never" } }),
    startGitServer(),
  ]);
  browser = createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" });
});
afterAll(async () => {
  await Promise.all([server.destroy(), git.close()]);
});

const sources = () => createClient(SourceService, browser);
const tasks = () => createClient(TaskService, browser);

/** Waits until a source's sync has ended, one way or the other. */
async function settled(id: string): Promise<Source> {
  for (;;) {
    const { source } = await sources().getSource({ id });
    if (source?.state === SourceState.SYNCHRONIZED || source?.state === SourceState.ERROR) return source;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function addSource(settings: object): Promise<Source> {
  const { source } = await sources().createSource({ settings });
  return settled(source!.id);
}

/** Follows the log to its end; the task has then ended. */
async function ended(taskId: number) {
  let log = "";
  for await (const { chunks } of createClient(LogService, browser).followLog({ taskId })) {
    for (const { content } of chunks) log += new TextDecoder().decode(content);
  }
  return { log, ...(await tasks().getTask({ id: taskId })) };
}

const projectFile = (body: string) => `name: demo\ntasks:\n${body}`;

describe("a data scientist with a git repository", () => {
  it("adds it as a source, runs a task of it at the synced commit, and gets log and artifacts", async () => {
    const commit = await git.push("demo", {
      "ame.yaml": projectFile(
        "  - name: count\n    executor: !custom\n      pythonVersion: 3\n      command: python3 count.py\n" +
          "    env: [{key: LIMIT, val: '3'}]\n    artifactCfg: {saveChangedFiles: true}\n",
      ),
      "count.py":
        "import os\nfor n in range(int(os.environ['LIMIT'])): print('count', n)\nopen('result.txt', 'w').write('3')\n",
    });
    const source = await addSource({ repository: git.url("demo") });
    expect(source).toMatchObject({
      state: SourceState.SYNCHRONIZED,
      commit,
      projectName: "demo",
      taskNames: ["count"],
    });
    const { task } = await tasks().runTask({ projectId: source.id, taskName: "count" });
    const result = await ended(task!.id);
    expect(result.log).toContain("count 0\ncount 1\ncount 2\n");
    expect(result.task).toMatchObject({ state: TaskState.SUCCEEDED, commit, exitCode: 0 });
    expect(result.artifacts.map(({ path, sizeBytes }) => [path, sizeBytes])).toEqual([["result.txt", 1n]]);
  });

  it("sees a push after the next sync", async () => {
    const [known] = (await sources().listSources({})).sources;
    const commit = await git.push("demo", {
      "ame.yaml": projectFile("  - name: other\n    executor: !custom {pythonVersion: 3, command: 'true'}\n"),
    });
    await sources().syncSource({ id: known!.id });
    for (;;) {
      const { source } = await sources().getSource({ id: known!.id });
      if (source?.commit === commit && source.state === SourceState.SYNCHRONIZED) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const { project } = await createClient(ProjectService, browser).getProject({ id: known!.id });
    expect(project?.tasks.map(({ name }) => name)).toEqual(["other"]);
  });

  it.each([
    ["missing", {}, SourceIssueKind.REPOSITORY_NOT_FOUND, /has no repository at this address/],
    ["no-file", { readme: "x" }, SourceIssueKind.PROJECT_NOT_FOUND, /has no ame\.yaml at its root on branch main/],
    [
      "broken",
      { "ame.yaml": "name: x\ntasks:\n  - name: [1\n" },
      SourceIssueKind.PROJECT_NOT_FOUND,
      /ame\.yaml line \d+, column \d+: /,
    ],
  ])("is told what is wrong with a repository: %s", async (name, files, kind, why) => {
    if (Object.keys(files).length > 0) await git.push(name, files);
    const source = await addSource({ repository: git.url(name) });
    expect(source.state).toBe(SourceState.ERROR);
    expect(source.issues).toMatchObject([{ kind, explanation: expect.stringMatching(why) }]);
    expect(source.reason).toBe(source.issues[0]?.explanation);
  });

  it("is told to create a missing secret, then that the password is wrong, and gets in with the right one", async () => {
    await git.push("private", {
      "ame.yaml": projectFile("  - name: t\n    executor: !custom {pythonVersion: 3, command: 'true'}\n"),
    });
    const [wrongPassword, rightPassword] = [newCanary("plain"), newCanary("plain")];
    git.requireLogin("private", { username: "ana", password: rightPassword });
    const secrets = createClient(SecretService, browser);
    const settings = { repository: git.url("private"), username: "ana", secretKey: "git-token" };
    const without = await addSource(settings);
    expect(without.issues).toMatchObject([
      { kind: SourceIssueKind.SECRET_NOT_FOUND, explanation: expect.stringContaining("git-token") },
    ]);
    await secrets.createSecret({ key: "git-token", value: wrongPassword });
    await sources().updateSource({ id: without.id, settings });
    const wrong = await settled(without.id);
    expect(wrong.issues).toMatchObject([{ kind: SourceIssueKind.AUTH_FAILURE }]);
    expect(JSON.stringify(wrong.issues)).not.toContain(wrongPassword);
    const [read] = (await secrets.listSecrets({})).secrets.filter(({ key }) => key === "git-token");
    expect(read).toMatchObject({ lastReadByTaskId: 0, lastReadTime: expect.anything() });
    await secrets.replaceSecret({ key: "git-token", value: rightPassword });
    await sources().updateSource({ id: without.id, settings });
    expect((await settled(without.id)).state).toBe(SourceState.SYNCHRONIZED);
  });
});

describe("an unmodified gRPC client", () => {
  it("pushes a project, runs a task and reads its log as the AME command line does; browsers see the same task", async () => {
    const ame = nativeClient(server.url, "ame/ame/v1/ame.proto", "ame.v1.AmeService");
    try {
      const project = await ame.unary("CreateProject")({ cfg: { name: "pushed" }, enableTriggers: false });
      const name = String(project.name);
      const script = Buffer.from(
        "import time\nfor n in range(3):\n    print('step', n, flush=True)\n    time.sleep(0.2)\n",
      );
      const chunks = Array.from({ length: Math.ceil(script.length / 10) }, (_, index) => ({
        chunk: { contents: script.subarray(index * 10, index * 10 + 10) },
      }));
      await ame.upload("UploadProjectFile", [{ identifier: { taskid: name, filepath: "./src/train.py" } }, ...chunks]);
      const taskCfg = { name: "train", custom: { pythonVersion: "3", command: "python3 src/train.py" } };
      const started = await ame.unary("RunTask")({ projectId: { name }, taskCfg });
      expect(started.name).toBe(`${name}trainlocal`);
      const overGrpcWeb = createClient(
        TaskService,
        createGrpcWebTransport({ baseUrl: server.url, httpVersion: "1.1" }),
      );
      const listed = (await overGrpcWeb.listTasks({ filter: { projectName: "pushed" } })).tasks;
      const entries = await ame.stream("StreamTaskLogs", { taskid: started, start_from: 1, watch: true });
      const log = entries.map(({ contents }) => String(contents)).join("");
      expect(log).toContain("step 0\nstep 1\nstep 2\n");
      const { tasks: all } = await ame.unary("ListTasks")({});
      expect((all as Record<string, { status: object }>)[`${name}trainlocal`]?.status).toMatchObject({
        phase: "succeeded",
      });
      const asJson = await fetch(`${server.url}/tributary.v1.TaskService/GetTask`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ id: listed[0]?.id }),
      });
      expect(await asJson.json()).toMatchObject({ task: { name: `${name}trainlocal`, state: "TASK_STATE_SUCCEEDED" } });
    } finally {
      ame.close();
    }
  });
});

describe("what a task may need", () => {
  async function runTask(name: string, body: string, files: Record<string, string> = {}) {
    await git.push(name, { "ame.yaml": `name: ${name}\ntasks:\n${body}`, ...files });
    const source = await addSource({ repository: git.url(name) });
    const { task } = await tasks().runTask({ projectId: source.id, taskName: "t" });
    return ended(task!.id);
  }

  it("gets its secret, masked in the log", async () => {
    const value = newCanary();
    await createClient(SecretService, browser).createSecret({ key: "api-token", value });
    const result = await runTask(
      "with-secret",
      "  - name: t\n    executor: !custom {pythonVersion: 3, command: 'echo \"token is $TOKEN\"'}\n" +
        "    secrets: [{ame: {key: api-token, injectAs: TOKEN}}]\n",
    );
    expect(result.log).toContain("token is ***\n");
    expect(result.task?.state).toBe(TaskState.SUCCEEDED);
  });

  it("fails at once with the reason when a secret is missing", async () => {
    const result = await runTask(
      "without-secret",
      "  - name: t\n    executor: !custom {pythonVersion: 3, command: 'true'}\n    secrets: [{ame: {key: nobody-made-this, injectAs: TOKEN}}]\n",
    );
    expect(result.task).toMatchObject({
      state: TaskState.FAILED,
      attempt: 1,
      reason: { code: "secret-missing", message: expect.stringContaining("nobody-made-this") },
    });
  });

  it("fails at once when there is no such Python", async () => {
    const result = await runTask(
      "no-python",
      "  - name: t\n    executor: !custom {pythonVersion: 3.99, command: 'true'}\n",
    );
    expect(result.task).toMatchObject({
      state: TaskState.FAILED,
      attempt: 1,
      reason: { code: "python-not-found", message: expect.stringContaining("3.99") },
    });
  });

  it("installs packages with pip, once for the same requirements", async () => {
    const body =
      "  - name: t\n    executor: !pip {pythonVersion: 3, command: \"python -c 'import six; print(six.__version__)'\"}\n";
    const result = await runTask("with-pip", body, { "requirements.txt": "six==1.16.0\n" });
    expect(result.log).toContain("1.16.0\n");
    const { task } = await tasks().runTask({ projectId: result.task!.projectId, taskName: "t" });
    expect((await ended(task!.id)).log).toContain("cache");
  }, 120_000);

  it("is ended when its time is over, with everything it started", async () => {
    await git.push("slow", {
      "ame.yaml":
        "name: slow\ntasks:\n  - name: t\n    executor: !custom {pythonVersion: 3, command: 'echo begun; sleep 600'}\n",
    });
    const source = await addSource({ repository: git.url("slow") });
    const { task } = await tasks().runTask({ projectId: source.id, taskName: "t", timeLimit: { nanos: 700_000_000 } });
    const result = await ended(task!.id);
    expect(result.task).toMatchObject({ state: TaskState.FAILED, reason: { code: "timed-out" } });
    expect(result.attempts[0]?.outcome).toBe(AttemptOutcome.TIMED_OUT);
  });

  it("is cancelled while it runs", async () => {
    const [slow] = (await sources().listSources({})).sources.filter(({ projectName }) => projectName === "slow");
    const { task } = await tasks().runTask({ projectId: slow!.id, taskName: "t" });
    for await (const { chunks } of createClient(LogService, browser).followLog({ taskId: task!.id })) {
      const text = chunks.map(({ content }) => new TextDecoder().decode(content)).join("");
      if (text.includes("begun")) await tasks().cancelTask({ id: task!.id });
    }
    expect((await tasks().getTask({ id: task!.id })).task).toMatchObject({ state: TaskState.CANCELLED, attempt: 1 });
  });
});
