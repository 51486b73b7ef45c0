import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { AmeService } from "@tributary/proto/ame/v1/ame_pb";
import { ProjectService } from "@tributary/proto/tributary/v1/projects_pb";
import { ScheduleService } from "@tributary/proto/tributary/v1/schedules_pb";
import { TaskService, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { newCanary } from "#test/canaries.ts";
import { type GitServer, startGitServer } from "#test/git-server.ts";
import { ServerProcess } from "#test/server-process.ts";
import { AmeCli } from "#test/wire/ame-cli/ame-cli.ts";

/* Each command of the CLI that calls the server, by the calls it makes; `init` and `validate` make none. */

const { runTask } = AmeService.method;

let server: ServerProcess;
let git: GitServer;
let cli: AmeCli;

beforeAll(async () => {
  [server, git] = await Promise.all([ServerProcess.start(), startGitServer()]);
});
afterAll(async () => {
  await Promise.all([server.destroy(), git.close()]);
});
// Each command is a process of its own with a connection of its own.
beforeEach(() => {
  cli = new AmeCli(server.url);
});
afterEach(() => cli.session.close());

const shell = (name: string, command: string) => ({
  name,
  executor: { case: "custom" as const, value: { pythonVersion: "3", command } },
});
const ours = () => createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" });

describe("ame setup", () => {
  it("saves its settings, as the call fails in good order", async () => {
    expect(await cli.setup()).toEqual({ exit: 0, printed: "could not reach", saved: true });
  });
});

describe("ame task run", () => {
  const folder = {
    "./ame.yaml": "name: run\n",
    "./src/count.py": "for n in range(3): print('step', n)\n",
    "./src/empty.txt": "",
    "./.git/HEAD": "ref: refs/heads/main\n",
  };

  it("uploads the folder, runs the task, and with --logs shows its log to the end", async () => {
    const task = shell("train", "python3 src/count.py; ls -a src; cat .git/HEAD; echo end");
    const { name, project, log } = await cli.taskRun({ name: "run", tasks: [task] }, folder, task, { logs: true });
    expect(name).toBe(`${project}trainlocal`);
    expect(log).toContain("step 0\nstep 1\nstep 2\n");
    expect(log).toContain("empty.txt");
    expect(log).toContain("ref: refs/heads/main\nend\n");
    expect((await cli.taskList())[name]).toBe("succeeded");
  });

  it("runs again at the next call, as that is another project; the same project refuses the same task", async () => {
    const task = shell("again", "true");
    const first = await cli.taskRun({ name: "run", tasks: [task] }, {}, task);
    const second = await cli.taskRun({ name: "run", tasks: [task] }, {}, task);
    expect(second.name).not.toBe(first.name);
    const { project } = first;
    await expect(cli.session.unary(runTask, { projectId: { name: project }, taskCfg: task })).rejects.toMatchObject({
      code: 6,
      message: expect.stringContaining(first.name),
    });
  });

  it("can be run again from the dashboard, under a name with a suffix", async () => {
    const task = shell("more", "true");
    const { project, name } = await cli.taskRun({ name: "suffix", tasks: [task] }, {}, task);
    const tasks = createClient(TaskService, ours());
    const asked = { projectId: project, taskName: "more" };
    const names = [(await tasks.runTask(asked)).task?.name, (await tasks.runTask(asked)).task?.name];
    expect(new Set([name, ...names]).size).toBe(3);
    for (const each of names) expect(each).toMatch(new RegExp(`^${project}more-[a-z0-9]{5}$`));
    expect(Object.keys(await cli.taskList())).toEqual(expect.arrayContaining([name, ...names]));
  });

  it("shows the failure of a task in its log and its phase, not in how the stream ends", async () => {
    const task = shell("bad", "echo before; exit 3");
    const { name, log } = await cli.taskRun({ name: "run", tasks: [task] }, {}, task, { logs: true });
    expect(log).toContain("before\n");
    expect((await cli.taskList())[name]).toBe("failed");
  });

  it("is one project for people, however many uploads its calls have made", async () => {
    const task = shell("t", "true");
    const runs = [];
    for (let n = 0; n < 3; n++) runs.push(await cli.taskRun({ name: "grouped", tasks: [task] }, {}, task));
    const projects = createClient(ProjectService, ours());
    const listed = (await projects.listProjects({})).projects.filter(({ name }) => name === "grouped");
    expect(listed).toMatchObject([{ id: runs[2]?.project, uploadCount: 3 }]);
    expect((await projects.getProject({ id: runs[0]!.project })).project?.uploadCount).toBe(3);
    const filtered = await createClient(TaskService, ours()).listTasks({ filter: { projectName: "grouped" } });
    expect(filtered.tasks.map(({ name }) => name)).toEqual(runs.map(({ name }) => name).reverse());
  });
});

describe("ame project push", () => {
  const cfg = {
    name: "pushed",
    tasks: [{ ...shell("nightly", "true"), triggers: { schedule: "15 2 * * *" } }],
  };
  const schedules = async () =>
    (await createClient(ScheduleService, ours()).listSchedules({})).schedules.filter(
      ({ projectName }) => projectName === "pushed",
    );

  it("makes a project; schedules only with --triggers", async () => {
    const plain = await cli.projectPush(cfg, { "./ame.yaml": "name: pushed\n" });
    expect(plain).toMatch(/^pushed[a-z0-9]{5}$/);
    expect(await schedules()).toEqual([]);
    const withTriggers = await cli.projectPush(cfg, { "./ame.yaml": "name: pushed\n" }, true);
    expect(withTriggers).not.toBe(plain);
    expect((await schedules()).map(({ taskName }) => taskName)).toEqual(["nightly"]);
  });

  it("ame project delete pushes once more, which harms nothing", async () => {
    expect(await cli.projectDelete(cfg, { "./ame.yaml": "name: pushed\n" })).toMatch(/^pushed[a-z0-9]{5}$/);
  });
});

describe("ame task", () => {
  it("logs shows the log of what was picked, also after its end", async () => {
    const task = shell("said", "echo 'ünïcødé €'; echo oops >&2");
    const { name } = await cli.taskRun({ name: "picked", tasks: [task] }, {}, task, { logs: true });
    const log = await cli.taskLogs(name);
    expect(log).toContain("ünïcødé €\n");
    expect(log).toContain("oops\n");
  });

  it("view shows the task as it was sent, with a name and by the picker", async () => {
    const task = { ...shell("viewed", "true"), resources: { cpu: "1" }, env: [{ key: "A", val: "b" }] };
    const { name } = await cli.taskRun({ name: "viewed", tasks: [task] }, {}, task);
    for (const picker of [false, true]) expect(await cli.taskView(name, { picker })).toMatchObject(task);
  });

  it("remove is refused without --approve, and done with it, also after a refusal", async () => {
    const task = shell("gone", "true");
    const { name } = await cli.taskRun({ name: "removed", tasks: [task] }, {}, task, { logs: true });
    const refused = await cli.taskRemove(name, { picker: true });
    expect(refused).toEqual({ exit: 1, printed: expect.stringContaining("approve") });
    expect(await cli.taskRemove(name, { approve: true, picker: true })).toEqual({ exit: 0, printed: "" });
    expect(Object.keys(await cli.taskList())).not.toContain(name);
    expect(await cli.taskRemove(name, { approve: true })).toEqual({
      exit: 1,
      printed: expect.stringContaining("there is no task"),
    });
  });

  it("remove of one that runs ends it first", async () => {
    const task = shell("long", "sleep 600");
    const { name } = await cli.taskRun({ name: "removed", tasks: [task] }, {}, task);
    await expect.poll(async () => (await cli.taskList())[name], { timeout: 15_000 }).toBe("running");
    expect(await cli.taskRemove(name, { approve: true })).toEqual({ exit: 0, printed: "" });
    await expect.poll(async () => Object.keys(await cli.taskList()), { timeout: 15_000 }).not.toContain(name);
  });
});

describe("ame projectsrc", () => {
  const files = {
    "ame.yaml": "name: sourced\ntasks:\n  - name: t\n    executor: !custom {pythonVersion: 3, command: x}\n",
  };

  it("create waits until the repository is synced; list, edit and delete know it by its address", async () => {
    await git.push("sourced", files);
    const url = git.url("sourced");
    expect(await cli.sourceCreate(url)).toEqual({ exit: 0, printed: "" });
    expect(await cli.sourceList()).toContainEqual([url, "", ""]);
    expect(await cli.sourceEdit(url)).toEqual({ exit: 0, printed: "" });
    expect(await cli.sourceDelete(url)).toEqual({ exit: 0, printed: "" });
    expect((await cli.sourceList()).map(([repository]) => repository)).not.toContain(url);
  });

  it("create of a repository that is not there fails with the reason, and a second one at once", async () => {
    const url = git.url("nowhere");
    expect(await cli.sourceCreate(url)).toEqual({ exit: 1, printed: expect.stringContaining("repository") });
    await expect(cli.sourceCreate(url)).rejects.toMatchObject({ code: 6 });
  });

  it("edit waits for what its change leads to, good or bad, and never shows the state before", async () => {
    await git.push("locked", files);
    const password = newCanary("plain");
    git.requireLogin("locked", { username: "ana", password });
    const url = git.url("locked");
    expect(await cli.sourceCreate(url)).toEqual({ exit: 1, printed: expect.any(String) });
    expect((await cli.secretCreate("locked-token", password)).exit).toBe(0);
    expect(await cli.sourceEdit(url, { secret: "locked-token", username: "ana" })).toEqual({ exit: 0, printed: "" });
    expect(await cli.sourceEdit(url, { secret: "no-such-secret", username: "ana" })).toEqual({
      exit: 1,
      printed: expect.stringContaining("no-such-secret"),
    });
    expect(await cli.sourceList()).toContainEqual([url, "ana", "no-such-secret"]);
  });

  it("edit and delete of an unknown address say so", async () => {
    for (const command of [cli.sourceEdit("https://git.invalid/x"), cli.sourceDelete("https://git.invalid/x")]) {
      await expect(command).rejects.toMatchObject({ code: 5, message: expect.stringContaining("git.invalid/x") });
    }
  });
});

describe("ame secret", () => {
  it("create, list and delete; what is there already, or is not, is said", async () => {
    const value = newCanary();
    expect(await cli.secretCreate("cli-token", value)).toEqual({ exit: 0, printed: "" });
    const again = await cli.secretCreate("cli-token", value);
    expect(again).toEqual({ exit: 1, printed: expect.stringContaining("cli-token") });
    expect(again.printed).not.toContain(value);
    expect(await cli.secretList()).toContain("cli-token");
    expect(await cli.secretDelete("cli-token")).toEqual({ exit: 0, printed: "" });
    expect(await cli.secretDelete("cli-token")).toEqual({ exit: 1, printed: expect.stringContaining("cli-token") });
    expect(await cli.secretList()).not.toContain("cli-token");
  });
});

describe("ame train", () => {
  it("of an unknown project ends with a message", async () => {
    expect(await cli.train("nobody-has-this", "m")).toEqual({ exit: 1, printed: expect.stringMatching(/\w/) });
  });
});

it("none of its tasks is left without an end that people can see", async () => {
  const tasks = createClient(TaskService, ours());
  await expect
    .poll(async () => (await tasks.listTasks({ filter: { states: [TaskState.WAITING, TaskState.QUEUED] } })).total, {
      timeout: 15_000,
    })
    .toBe(0);
});
