import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newCanary } from "../../server/test/canaries.ts";
import { type GitServer, startGitServer } from "../../server/test/git-server.ts";
import { ServerProcess } from "../../server/test/server-process.ts";
import { type Ran, type RunOptions, tributary } from "./cli-program.ts";

let server: ServerProcess;
let git: GitServer;
let folder: string;
let config: string;

beforeAll(async () => {
  [server, git] = await Promise.all([ServerProcess.start(), startGitServer()]);
  folder = await mkdtemp(join(tmpdir(), "tributary-project-"));
  config = await mkdtemp(join(tmpdir(), "tributary-config-"));
  await fill({
    "ame.yaml": [
      "name: counted",
      "tasks:",
      "  - {name: count, executor: !custom {pythonVersion: 3, command: python3 src/count.py}, artifactCfg: {saveChangedFiles: true}}",
      "  - {name: bad, executor: !custom {pythonVersion: 3, command: 'echo before; exit 7'}}",
      "  - {name: long, executor: !custom {pythonVersion: 3, command: 'echo begun; sleep 600'}}",
      "",
    ].join("\n"),
    "src/count.py":
      "import os\nprint('count', os.environ.get('LIMIT'))\nos.makedirs('out/deep', exist_ok=True)\nopen('out/deep/result.txt', 'w').write('42')\n",
    ".gitignore": "ignored.txt\n",
    "ignored.txt": "stays at home",
    ".git/HEAD": "ref: refs/heads/main\n",
  });
});
afterAll(async () => {
  await Promise.all([server.destroy(), git.close()]);
  await rm(folder, { recursive: true });
  await rm(config, { recursive: true });
});

async function fill(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

const cli = (args: string, options: RunOptions = {}): Promise<Ran> =>
  tributary(args.split(" "), {
    cwd: folder,
    ...options,
    environment: { TRIBUTARY_SERVER: server.url, XDG_CONFIG_HOME: config, ...options.environment },
  });

const json = ({ out }: Ran) => JSON.parse(out) as Record<string, unknown>;

/** The number of the task that a remark names. */
const taskOf = ({ err }: Ran) => /^task (\d+): http/m.exec(err)?.[1] ?? "";

describe("tributary run", () => {
  it("uploads the folder without what is ignored, follows the log, and ends as the task does", async () => {
    const ran = await cli("run count -e LIMIT=3");
    expect([ran.code, ran.out]).toEqual([0, "count 3\n"]);
    expect(ran.err).toMatch(/uploaded 3 files .* sent 3 that were new/);
    expect(ran.err).toMatch(/task \d+ count succeeded/);
    expect(ran.err).toContain(`${server.url}/tasks/`);
  });

  it("sends nothing again that has not changed", async () => {
    await fill({ "src/new.txt": "new" });
    const ran = await cli("run count -d");
    expect(ran.err).toMatch(/uploaded 4 files .* sent 1 that were new/);
    expect(ran.out).toBe(`${taskOf(ran)}\n`);
  });

  it("runs a task of a project that the server has, with labels to find it by", async () => {
    const first = taskOf(await cli("run count -d -l run=first --label note=a=b"));
    const shown = json(await cli(`task show ${first} --json`)) as { task: { projectId: string; labels: object[] } };
    expect(shown.task.labels).toEqual([
      { key: "note", value: "a=b" },
      { key: "run", value: "first" },
    ]);
    const ran = await cli(`run count --project ${shown.task.projectId} -e LIMIT=5 --label run=second`, { cwd: config });
    expect([ran.code, ran.out]).toEqual([0, "count 5\n"]);
    expect(ran.err).not.toContain("uploaded");
    const listed = await cli("tasks --label run=second --label run");
    expect(listed.out).toContain(taskOf(ran));
    expect(listed.out).not.toMatch(new RegExp(`^${first} `, "m"));
    for (const [wrong, why] of [
      ["run count --label nothing", "--label: nothing is not KEY=VALUE"],
      [`run count --project ${shown.task.projectId} --folder .`, "--project and --folder exclude each other"],
      ["run count --project nope", "there is no project nope"],
      [`run other --project ${shown.task.projectId}`, "has no task other; it has: count"],
    ] as const) {
      const refused = await cli(wrong);
      expect(refused.code, wrong).toBeGreaterThan(0);
      expect(refused.err).toContain(why);
    }
  });

  it("ends with the exit code of the task", async () => {
    const ran = await cli("run bad");
    expect([ran.code, ran.out]).toEqual([7, "before\n"]);
    expect(ran.err).toMatch(/task \d+ bad failed/);
  });

  it("leaves the task running when it is interrupted", async () => {
    const ran = await cli("run long", { interruptAt: "begun" });
    expect([ran.code, ran.out]).toEqual([130, "begun\n"]);
    expect(ran.err).toContain("what was started goes on");
    const shown = await cli(`task show ${taskOf(ran)}`);
    expect(shown.out).toMatch(/long active/);
    const cancelled = await cli(`task cancel ${taskOf(ran)}`);
    expect([cancelled.code, cancelled.out]).toEqual([0, expect.stringMatching(/long (cancelling|cancelled)/)]);
    expect((await cli(`logs ${taskOf(ran)}`)).code).not.toBe(0);
  });

  it.each([
    ["run", 2, "which task? Project counted has: count, bad, long"],
    ["run nope", 2, "has no task nope; it has: count, bad, long"],
    ["run count --folder src", 1, "has no ame.yaml"],
    ["run count --nope", 2, "Unknown option '--nope'"],
    ["run count more", 2, "more is too much"],
    ["run count -e 1A=x", 2, "is not NAME=VALUE"],
    ["run count --retries x", 2, "--retries: x is no whole number"],
    ["frobnicate", 2, "there is no command frobnicate"],
    ["task", 2, "which? task show, task cancel, task retry"],
    ["task show", 2, "ID is missing"],
    ["task show x", 2, "ID: x is no whole number from 1"],
    ["task show 999999", 1, "there is no task 999999"],
    ["tasks --state wrong", 2, "there is no state wrong"],
    ["tasks --server ftp://x", 2, "neither http nor https"],
    ["tasks --server http://127.0.0.1:1", 3, "no answer from http://127.0.0.1:1"],
  ])("tributary %s ends with %i and says why", async (args, code, why) => {
    const ran = await cli(args);
    expect([ran.code, ran.out]).toEqual([code, ""]);
    expect(ran.err).toContain(why);
    expect(ran.err).not.toMatch(/\n\s+at /);
  });
});

describe("tributary tasks, task, logs", () => {
  it("list, show and repeat what has run", async () => {
    await cli("run count");
    const listed = await cli("tasks --project counted --state succeeded");
    expect(listed.out).toMatch(/^ID +STATE +PROJECT +TASK/);
    const [id] = /^\d+/m.exec(listed.out) ?? [];
    expect((await cli(`task show ${id}`)).out).toMatch(/file out\/deep\/result\.txt \(2 B\)/);
    expect((await cli(`logs ${id}`)).out).toMatch(/^count /);
    const again = await cli(`task retry ${id}`);
    expect(again.out).toMatch(/^task \d+ count /);
    const [, next] = /^task (\d+)/.exec(again.out) ?? [];
    expect((await cli(`logs ${next}`)).code).toBe(0);
  });

  it("answer JSON when asked", async () => {
    const listed = json(await cli("tasks --project counted --limit 1 --json"));
    expect(listed).toMatchObject({ tasks: [{ projectName: "counted" }], total: expect.any(Number) });
    const ran = await cli("run count -d --json");
    expect(json(ran)).toMatchObject({ title: "count" });
    expect((await cli("tasks --project nobody")).out).toBe("no tasks\n");
  });
});

describe("tributary artifacts", () => {
  it("lists and downloads what a task left, and names what is not there", async () => {
    const id = taskOf(await cli("run count"));
    expect((await cli(`artifacts list ${id}`)).out).toMatch(/1 +2 B +[0-9a-f]{12} +out\/deep\/result\.txt/);
    const got = await cli(`artifacts get ${id} --into here`);
    expect([got.code, got.out]).toEqual([0, "out/deep/result.txt\n"]);
    expect(await readFile(join(folder, "here/out/deep/result.txt"), "utf8")).toBe("42");
    const missing = await cli(`artifacts get ${id} nope.txt`);
    expect([missing.code, missing.err]).toEqual([1, expect.stringContaining("has left no file nope.txt")]);
    await rm(join(folder, "here"), { recursive: true });
  });
});

describe("tributary sources", () => {
  it("adds, lists, syncs and deletes, by repository and by id", async () => {
    await git.push("cli", { "ame.yaml": "name: sourced\ntasks: []\n" });
    const url = git.url("cli");
    expect((await cli(`sources add ${url}`)).out).toContain(url);
    await expect
      .poll(async () => (await cli("sources list")).out, { timeout: 30_000 })
      .toMatch(/synchronized +sourced/);
    expect((await cli(`sources sync ${url}`)).code).toBe(0);
    expect((await cli(`sources add ${url}`)).err).toContain(url);
    const { sources } = json(await cli("sources list --json")) as { sources: { id: string }[] };
    expect((await cli(`sources delete ${sources[0]?.id}`)).code).toBe(0);
    expect((await cli(`sources delete ${url}`)).err).toContain("there is no source");
  });
});

describe("tributary secrets", () => {
  it("keeps what is piped in, replaces it, never shows it, and takes no value from the command line", async () => {
    const value = newCanary("plain");
    expect((await cli("secrets set cli-key", { input: `${value}\n` })).out).toBe("secret cli-key is kept\n");
    expect((await cli("secrets set cli-key", { input: newCanary("plain") })).out).toBe("secret cli-key is replaced\n");
    const listed = await cli("secrets list");
    expect(listed.out).toMatch(/cli-key +2/);
    expect(listed.out).not.toContain(value);
    expect(await cli("secrets set cli-key shown")).toMatchObject({ code: 2, err: expect.stringContaining("too much") });
    expect(await cli("secrets set cli-key", { input: "" })).toMatchObject({ code: 1 });
    expect((await cli("secrets delete cli-key")).out).toBe("secret cli-key is deleted\n");
    expect(await cli("secrets delete cli-key")).toMatchObject({ code: 1, err: expect.stringContaining("cli-key") });
  });
});

describe("tributary check", () => {
  it("says what is wrong and where, or that nothing is", async () => {
    expect(await cli("check")).toMatchObject({ code: 0, out: "ame.yaml is good\n" });
    const wrong = await mkdtemp(join(tmpdir(), "tributary-wrong-"));
    await writeFile(join(wrong, "ame.yaml"), "name: x\ntasks:\n  - name: [1\n");
    const ran = await cli("check", { cwd: wrong });
    expect([ran.code, ran.out]).toEqual([1, expect.stringMatching(/^ame\.yaml:\d+:\d+: /)]);
    expect(await cli("run x", { cwd: wrong })).toMatchObject({
      code: 1,
      err: expect.stringMatching(/line \d+, column/),
    });
    await rm(wrong, { recursive: true });
  });
});

describe("a server that asks who calls", () => {
  let guarded: ServerProcess;
  beforeAll(async () => {
    guarded = await ServerProcess.start({ environment: { TRIBUTARY_AUTH: "required" } });
  });
  afterAll(() => guarded.destroy());

  it("is logged in to once, with a token that only this user can read", async () => {
    const { url } = guarded;
    await expect.poll(() => guarded.token, { timeout: 15_000 }).toBeDefined();
    const token = guarded.token ?? "";
    const asked = await cli(`tasks --server ${url}`);
    expect(asked).toMatchObject({ code: 4, err: expect.stringContaining("tributary login") });
    expect(await cli(`login --server ${url}`, { input: "trib_wrong" })).toMatchObject({ code: 4 });
    expect((await cli(`login --server ${url}`, { input: `${token}\n` })).out).toMatch(/^logged in to http:.* as /);
    const file = join(config, "tributary/tokens.json");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await cli(`tasks --server ${url}`)).out).toBe("no tasks\n");
    expect((await cli(`logout --server ${url}`)).code).toBe(0);
    expect((await cli(`tasks --server ${url}`)).code).toBe(4);
    const byEnvironment = await cli(`tasks --server ${url}`, { environment: { TRIBUTARY_TOKEN: token } });
    expect(byEnvironment.code).toBe(0);
  });
});

it("tributary help names every command, and each command its options", async () => {
  const { out, code } = await cli("help");
  expect(code).toBe(0);
  for (const name of ["run", "check", "logs", "task show", "artifacts get", "sources add", "secrets set", "login"]) {
    expect(out).toContain(`  ${name}`);
  }
  expect((await cli("run --help")).out).toContain("--detach, -d");
  expect((await cli("help sources add")).out).toContain("--interval TIME");
});
