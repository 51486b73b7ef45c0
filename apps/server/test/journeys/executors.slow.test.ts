import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { LogService } from "@tributary/proto/tributary/v1/logs_pb";
import { ProjectService } from "@tributary/proto/tributary/v1/projects_pb";
import { SecretService } from "@tributary/proto/tributary/v1/secrets_pb";
import { SourceService, SourceState } from "@tributary/proto/tributary/v1/sources_pb";
import { TaskService, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newCanary } from "#test/canaries.ts";
import { type GitServer, startGitServer } from "#test/git-server.ts";
import { nativeClient } from "#test/journeys/native-client.ts";
import { ServerProcess } from "#test/server-process.ts";

const examples = join(import.meta.dirname, "../../../../examples");
/** What takes long to install stays from one run of the tests to the next. */
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "tributary/test-environments/worker");

let server: ServerProcess;
let git: GitServer;
let browser: Transport;

beforeAll(async () => {
  [server, git] = await Promise.all([
    ServerProcess.start({ environment: { TRIBUTARY_ENVIRONMENTS: cache } }),
    startGitServer(),
  ]);
  browser = createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" });
}, 60_000);
afterAll(async () => {
  await Promise.all([server.destroy(), git.close()]);
});

/** The files of an example, by path. */
function example(name: string): Record<string, string> {
  const folder = join(examples, name);
  const paths = globSync("**/*", { cwd: folder, exclude: (path) => path === "__pycache__" });
  const files = paths.filter((path) => statSync(join(folder, path)).isFile());
  return Object.fromEntries(files.map((path) => [path, readFileSync(join(folder, path), "utf8")]));
}

/** A source of these files; answers the id of its project. */
async function push(name: string, files: Record<string, string>): Promise<string> {
  await git.push(name, files);
  const sources = createClient(SourceService, browser);
  const { source } = await sources.createSource({ settings: { repository: git.url(name) } });
  const state = async () => (await sources.getSource({ id: source!.id })).source?.state;
  await expect.poll(state, { timeout: 30_000 }).toBe(SourceState.SYNCHRONIZED);
  return source!.id;
}

async function ended(taskId: number) {
  let log = "";
  for await (const { chunks } of createClient(LogService, browser).followLog({ taskId })) {
    for (const { content } of chunks) log += new TextDecoder().decode(content);
  }
  return { log, ...(await createClient(TaskService, browser).getTask({ id: taskId })) };
}

async function run(projectId: string, taskName: string) {
  const { task } = await createClient(TaskService, browser).runTask({ projectId, taskName });
  return ended(task!.id);
}

describe("the examples, from git", () => {
  it("poetry: an executor from a template, its environment built once, the project's own package found", async () => {
    const project = await push("greenhouse", example("poetry"));
    const report = await run(project, "report");
    expect(report.task?.state, report.log).toBe(TaskState.SUCCEEDED);
    expect(report.log).toMatch(/\d+ hours above 25 °C/);
    expect(report.artifacts.map(({ path }) => path)).toEqual(["out/warm.csv"]);
    expect(report.spec).toMatchObject({ environment: "python", pythonVersion: "3", requirementsFile: "poetry.lock" });
    const strict = await run(project, "strict");
    expect(strict.log).toContain("hours above 20 °C");
    const [before, after] = [report, strict].map(({ attempts }) => attempts[0]?.environment);
    expect(after).toMatchObject({ kind: "poetry", key: before?.key, reused: true });
    expect(existsSync(join(cache, after?.key ?? "none"))).toBe(true);
  }, 400_000);

  it("pipenv: a script of the Pipfile with a package from the index", async () => {
    const project = await push("stock", example("pipenv"));
    const order = await run(project, "order");
    expect(order.task?.state, order.log).toBe(TaskState.SUCCEEDED);
    expect(order.log).toMatch(/fruit +there +order/);
    expect((await run(project, "order-as-markdown")).log).toMatch(/\| fruit +\| +there \|/);
  }, 400_000);

  it("mlflow: entry points, parameters and metrics", async () => {
    const train = await run(await push("slope", example("mlflow")), "train");
    expect(train.task?.state, train.log).toBe(TaskState.SUCCEEDED);
    expect(train.log).toContain("50 points");
    expect(train.log).toMatch(/step 40\/40 {2}loss 0\.\d+\nslope 2\.\d+/);
    expect(train.artifacts.map(({ path }) => path)).toEqual(["points.csv"]);
    expect(globSync("*/*/metrics/slope", { cwd: join(server.dataFolder, "mlflow") })).toHaveLength(1);
    expect(train.attempts[0]?.environment).toMatchObject({ kind: "mlflow" });
  }, 400_000);
});

describe("the command line's way", () => {
  it("uploads a Poetry project and runs a task of it", async () => {
    const client = nativeClient(server.url, "ame/ame/v1/ame.proto", "ame.v1.AmeService");
    try {
      const { name } = await client.unary("CreateProject")({ cfg: { name: "greenhouse" }, enableTriggers: false });
      for (const [path, text] of Object.entries(example("poetry"))) {
        const chunk = { chunk: { contents: Buffer.from(text) } };
        await client.upload("UploadProjectFile", [{ identifier: { taskid: name, filepath: `./${path}` } }, chunk]);
      }
      const command = "python -m greenhouse.report";
      const taskCfg = { name: "report", poetry: { pythonVersion: "3", command } };
      await client.unary("RunTask")({ projectId: { name }, taskCfg });
      const { projects } = await createClient(ProjectService, browser).listProjects({});
      expect(projects.some(({ id }) => id === name)).toBe(true);
      const { tasks } = await createClient(TaskService, browser).listTasks({});
      const own = tasks.find(({ projectId }) => projectId === name);
      const { task, log, attempts } = await ended(own!.id);
      expect(task?.state, log).toBe(TaskState.SUCCEEDED);
      expect(log).toContain("hours above 25 °C");
      expect(attempts[0]?.environment?.kind).toBe("poetry");
    } finally {
      client.close();
    }
  }, 400_000);
});

describe("what is missing", () => {
  const withoutFiles = (name: string, executor: string) => ({
    "ame.yaml": `name: ${name}\ntasks:\n  - name: t\n    executor: ${executor}\n`,
  });

  it.each([
    ["pip", '!pip {pythonVersion: "3", command: "true"}', "requirements.txt"],
    ["poetry", '!poetry {pythonVersion: "3", command: "true"}', "pyproject.toml"],
    ["pipenv", '!pipEnv {command: "true"}', "Pipfile"],
    ["mlflow", "!mlflow", "MLproject"],
  ])(
    "%s is named, and the task is not tried again",
    async (name, executor, file) => {
      const { task } = await run(await push(`no-${name}`, withoutFiles(`no-${name}`, executor)), "t");
      expect(task).toMatchObject({
        state: TaskState.FAILED,
        attempt: 1,
        reason: { code: "requirements-missing", message: expect.stringContaining(`"${file}"`) },
      });
    },
    60_000,
  );

  it("the last command's exit code decides, also under Poetry", async () => {
    const projectFile =
      'name: codes\ntasks:\n  - name: good\n    executor: !poetry {pythonVersion: "3", command: "false; true"}\n' +
      '  - name: bad\n    executor: !poetry {pythonVersion: "3", command: "true; exit 7"}\n';
    const project = await push("codes", { ...example("poetry"), "ame.yaml": projectFile });
    expect((await run(project, "good")).task?.state).toBe(TaskState.SUCCEEDED);
    expect((await run(project, "bad")).task).toMatchObject({ state: TaskState.FAILED, exitCode: 7 });
  }, 200_000);
});

describe("secrets", () => {
  it("are masked in what a tool says of its build", async () => {
    const value = newCanary("plain");
    await createClient(SecretService, browser).createSecret({ key: "planted", value });
    // Poetry repeats what it cannot read.
    const pyproject = `[project]\nname = "x"\nversion = "1"\ndependencies = ["no package ${value}"]\n[tool.poetry]\npackage-mode = false\n`;
    const project = await push("planted", {
      "ame.yaml":
        'name: planted\ntasks:\n  - name: t\n    executor: !poetry {pythonVersion: "3", command: "true"}\n' +
        "    secrets: [{ame: {key: planted, injectAs: VALUE}}]\n",
      "pyproject.toml": pyproject,
    });
    const { task, log } = await run(project, "t");
    expect(task).toMatchObject({ state: TaskState.FAILED, reason: { code: "environment-failed" } });
    expect(log).toContain("***");
    expect(log + task?.reason?.message).not.toContain(value);
  }, 400_000);
});
