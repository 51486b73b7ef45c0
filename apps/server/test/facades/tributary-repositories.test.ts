import { Code, createClient } from "@connectrpc/connect";
import { AmeService } from "@tributary/proto/ame/v1/ame_pb";
import { ProjectService } from "@tributary/proto/tributary/v1/projects_pb";
import { FileKind, SourceService, SourceState } from "@tributary/proto/tributary/v1/sources_pb";
import { TaskService } from "@tributary/proto/tributary/v1/tasks_pb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Tx } from "#core/ports/tx.ts";
import { syncSource } from "#core/sources/sync-source.ts";
import { hello, refusal, rpc, server } from "#test/facades/suite.ts";
import { type GitEntry, type GitServer, startGitServer } from "#test/git-server.ts";

const never = new AbortController().signal;
const sources = () => createClient(SourceService, server.transport());
const tasks = () => createClient(TaskService, server.transport());
const projects = () => createClient(ProjectService, server.transport());

let git: GitServer;
beforeAll(async () => {
  git = await startGitServer();
});
afterAll(() => git.close());

const file = (name: string, command: string, more = "") =>
  `name: ${name}\ntasks:\n  - name: say\n    executor: !custom {pythonVersion: 3, command: ${command}}\n${more}`;

let made = 0;

/** A source of a new repository, synced once. */
async function newSource(
  files: Readonly<Record<string, GitEntry>>,
): Promise<{ id: string; name: string; commit: string }> {
  const name = `repository-${++made}`;
  const commit = await git.push(name, files);
  const { source } = await sources().createSource({ settings: { repository: git.url(name) } });
  const id = source?.id ?? "";
  await syncSource(server.ports, id, never);
  return { id, name, commit };
}

rpc("tributary.v1.SourceService.ListBranches", () => {
  it("answers branches page by page, the newest commit first, and refuses a source that was never fetched", async () => {
    const { id, name, commit } = await newSource({ "ame.yaml": file("branchy", "echo main") });
    const feature = await git.push(name, { "ame.yaml": "name: x\n" }, { branch: "feature/one", message: "Try it" });
    await syncSource(server.ports, id, never);
    const { branches, nextPageToken } = await sources().listBranches({ sourceId: id, pageSize: 1 });
    expect(branches).toMatchObject([
      { name: "feature/one", commit: { id: feature, subject: "Try it", author: "Test" }, isDefault: false },
    ]);
    const rest = await sources().listBranches({ sourceId: id, pageSize: 1, pageToken: nextPageToken });
    expect(rest).toMatchObject({
      branches: [{ name: "main", commit: { id: commit }, isDefault: true }],
      nextPageToken: "",
    });
    const { source } = await sources().createSource({ settings: { repository: git.url("unread") } });
    expect(await refusal(sources().listBranches({ sourceId: source?.id ?? "" }))).toMatchObject({
      code: Code.FailedPrecondition,
      message: expect.stringContaining("sync the source"),
    });
    expect(await refusal(sources().listBranches({ sourceId: "nope" }))).toMatchObject({ code: Code.NotFound });
  });
});

rpc("tributary.v1.SourceService.ListCommits", () => {
  it("answers what leads to a revision, and names the branches where there is none such", async () => {
    const { id, name, commit } = await newSource({ "ame.yaml": file("history", "echo 1") });
    const second = await git.push(name, { "ame.yaml": file("history", "echo 2") }, { message: "Say two" });
    await syncSource(server.ports, id, never);
    const first = await sources().listCommits({ sourceId: id, pageSize: 1 });
    expect(first.commits).toMatchObject([{ id: second, subject: "Say two" }]);
    const { commits } = await sources().listCommits({ sourceId: id, pageSize: 1, pageToken: first.nextPageToken });
    expect(commits).toMatchObject([{ id: commit }]);
    expect((await sources().listCommits({ sourceId: id, revision: commit.slice(0, 9) })).commits).toHaveLength(1);
    for (const revision of ["nope", "main~1", "--help", "HEAD", "0".repeat(40), "main:ame.yaml"]) {
      expect(await refusal(sources().listCommits({ sourceId: id, revision }))).toMatchObject({
        code: Code.NotFound,
        message: expect.stringContaining("its branches are: main"),
      });
    }
  });
});

rpc("tributary.v1.SourceService.ListFiles", () => {
  it("answers a folder, folders first, and refuses what is none", async () => {
    const { id, commit } = await newSource({
      "ame.yaml": file("tree", "echo"),
      "src/a.py": "print()\n",
      "src/deep/b.py": "",
      "run.sh": { executable: "#!/bin/sh\n" },
      link: { linkTo: "run.sh" },
      module: { submodule: "1234567890123456789012345678901234567890" },
    });
    const root = await sources().listFiles({ sourceId: id });
    expect(root.commit?.id).toBe(commit);
    expect(root.entries.map(({ name, kind }) => [name, kind])).toEqual([
      ["module", FileKind.SUBMODULE],
      ["src", FileKind.FOLDER],
      ["ame.yaml", FileKind.FILE],
      ["link", FileKind.LINK],
      ["run.sh", FileKind.FILE],
    ]);
    expect(root.entries.at(-1)).toMatchObject({ executable: true, size: 10n });
    const inner = await sources().listFiles({ sourceId: id, path: "src/", pageSize: 1 });
    expect(inner.entries).toMatchObject([{ name: "deep", kind: FileKind.FOLDER }]);
    expect(inner.nextPageToken).not.toBe("");
    expect(await refusal(sources().listFiles({ sourceId: id, path: "ame.yaml" }))).toMatchObject({
      code: Code.NotFound,
    });
    expect(await refusal(sources().listFiles({ sourceId: id, path: "src/../.." }))).toMatchObject({
      code: Code.InvalidArgument,
    });
  });

  it("lists a repository of 10,000 files", { timeout: 120_000 }, async () => {
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`data/${at}.txt`, String(at)]));
    const { id } = await newSource({ "ame.yaml": file("many", "ls"), ...many });
    const names = new Set<string>();
    let pageToken = "";
    do {
      const page = await sources().listFiles({ sourceId: id, path: "data", pageSize: 1_000, pageToken });
      for (const { name } of page.entries) names.add(name);
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
    expect(names.size).toBe(10_000);
  });
});

rpc("tributary.v1.SourceService.ReadFile", () => {
  it("answers text, says what is none, and refuses what is not there", async () => {
    const { id } = await newSource({
      "ame.yml": "name: other\ntasks:\n  - name: t\n    executr: !mlflow\n",
      "src/a.py": "print('ä')\n",
      binary: Buffer.from([1, 0, 2]),
      latin: Buffer.from([0xe4, 10]),
      model: "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
      large: "x".repeat(2 ** 20 + 1),
      link: { linkTo: "/etc/passwd" },
      module: { submodule: "1234567890123456789012345678901234567890" },
    });
    const read = (path: string) => sources().readFile({ sourceId: id, path });
    expect(await read("src/a.py")).toMatchObject({ text: "print('ä')\n", file: { kind: FileKind.TEXT }, problems: [] });
    expect(await read("binary")).toMatchObject({ text: "", file: { kind: FileKind.BINARY, size: 3n } });
    expect(await read("latin")).toMatchObject({ text: "", file: { kind: FileKind.BINARY } });
    expect(await read("model")).toMatchObject({ file: { kind: FileKind.LFS_POINTER } });
    expect(await read("large")).toMatchObject({ text: "", tooLarge: true });
    expect(await read("link")).toMatchObject({ text: "", file: { kind: FileKind.LINK } });
    expect(await read("module")).toMatchObject({ text: "", file: { kind: FileKind.SUBMODULE } });
    expect(await read("")).toMatchObject({ path: "ame.yml", problems: [{ line: 3 }, { line: 4, warning: true }] });
    for (const path of ["src", "nope", "module/x", "link/x"]) {
      expect(await refusal(read(path))).toMatchObject({ code: Code.NotFound });
    }
  });

  it("shows the project file of a repository that never had one that can be used", async () => {
    const { id, commit } = await newSource({ "ame.yaml": "name: [x]\n" });
    const { source } = await sources().getSource({ id });
    expect(source).toMatchObject({ state: SourceState.ERROR, commit: "", seenCommit: commit, seenFile: "ame.yaml" });
    expect(await sources().readFile({ sourceId: id })).toMatchObject({
      path: "ame.yaml",
      text: "name: [x]\n",
      commit: { id: commit },
      problems: [{ line: 1, column: 7, warning: false }],
    });
  });
});

rpc("tributary.v1.SourceService.ForgetHostKeys", () => {
  it("drops them and syncs, and refuses an unknown source", async () => {
    const { id } = await newSource({ "ame.yaml": file("keys", "echo") });
    const pin = async (tx: Tx, hostKeys: string) => {
      const source = (await tx.sources.getMany([id])).get(id);
      if (source) await tx.sources.replace([{ source: { ...source, hostKeys }, ifRevision: source.revision }]);
    };
    await server.ports.store.transact(pin, "[git.invalid]:22 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA==");
    expect((await sources().getSource({ id })).source?.hostKeys).toMatchObject([
      { host: "[git.invalid]:22", type: "ssh-ed25519", fingerprint: expect.stringMatching(/^SHA256:[\w+/]{43}$/) },
    ]);
    const before = server.ports.store.position();
    expect((await sources().forgetHostKeys({ sourceId: id })).source?.hostKeys).toEqual([]);
    const stop = new AbortController();
    for await (const entries of server.ports.store.follow(before, stop.signal)) {
      expect(entries).toMatchObject([{ kind: "source-changed" }, { kind: "source-sync-asked", sourceId: id }]);
      break;
    }
    stop.abort();
    expect(await refusal(sources().forgetHostKeys({ sourceId: "nope" }))).toMatchObject({ code: Code.NotFound });
  });
});

describe("a revision of a project", () => {
  rpc("tributary.v1.ProjectService.GetProject", () => {
    it("is what the file of that revision says, with its problems", async () => {
      const { id, name, commit } = await newSource({ "ame.yaml": file("revised", "echo main") });
      await git.push(name, { "ame.yaml": file("revised", "echo branch") }, { branch: "feature" });
      await git.push(name, { "ame.yaml": "name: revised\ntasks: {}\n" }, { branch: "broken" });
      await git.push(name, { a: "" }, { branch: "without" });
      await syncSource(server.ports, id, never);
      const read = (revision: string) => projects().getProject({ id, revision });
      expect(await read("")).toMatchObject({
        project: { tasks: [{ command: "echo main" }] },
        commit,
        fileName: "ame.yaml",
      });
      expect(await read("feature")).toMatchObject({
        project: { tasks: [{ command: "echo branch" }] },
        fileProblems: [],
      });
      const broken = await read("broken");
      expect(broken).toMatchObject({ fileProblems: [{ line: 2, column: 8, warning: false }] });
      expect(broken.project).toBeUndefined();
      expect(await read("without")).toMatchObject({ fileName: "", fileText: "" });
      expect(await refusal(read("nope"))).toMatchObject({ code: Code.NotFound });
    });

    it("is refused for an upload", async () => {
      const upload = await createClient(AmeService, server.transport()).createProject({
        cfg: { name: "up", tasks: [hello] },
      });
      expect(await refusal(projects().getProject({ id: upload.name, revision: "main" }))).toMatchObject({
        code: Code.InvalidArgument,
        message: expect.stringContaining("was uploaded and has no revisions"),
      });
    });
  });

  rpc("tributary.v1.TaskService.RunTask", () => {
    it("runs the task as the branch or commit has it, from its files", async () => {
      const { id, name, commit } = await newSource({ "ame.yaml": file("ran", "echo first") });
      await git.push(name, { "ame.yaml": file("ran", "echo second") });
      const only = file(
        "ran",
        "echo branch",
        "  - name: new\n    executor: !custom {pythonVersion: 3, command: new}\n",
      );
      const feature = await git.push(name, { "ame.yaml": only }, { branch: "feature/new" });
      await syncSource(server.ports, id, never);
      const run = async (taskName: string, revision: string) => {
        const { task } = await tasks().runTask({ projectId: id, taskName, revision });
        const readSpec = async (tx: Tx, taskId: number) => (await tx.tasks.specs([taskId])).get(taskId);
        const spec = await server.ports.store.transact(readSpec, task?.id ?? 0);
        return { commit: task?.commit, inputs: spec?.inputs, command: spec?.command };
      };
      const expected = (at: string, script: string) => ({
        commit: at,
        inputs: { kind: "git", sourceId: id, repository: git.url(name), commit: at },
        command: { kind: "shell", script },
      });
      expect(await run("say", "feature/new")).toEqual(expected(feature, "echo branch"));
      expect(await run("new", "feature/new")).toEqual(expected(feature, "new"));
      expect(await run("say", commit.slice(0, 12))).toEqual(expected(commit, "echo first"));
      expect(await refusal(run("new", ""))).toMatchObject({ code: Code.NotFound });
      expect(await refusal(run("say", "nope"))).toMatchObject({ code: Code.NotFound });
      await git.push(name, { "ame.yaml": "name: ran\ntasks: x\n" }, { branch: "broken" });
      await syncSource(server.ports, id, never);
      expect(await refusal(run("say", "broken"))).toMatchObject({
        code: Code.InvalidArgument,
        message: expect.stringMatching(/revision: at [0-9a-f]{12}, ame\.yaml line 2, column 8: tasks: must be a list/),
      });
    });

    it("does not let a branch redefine a data set that all runs share", async () => {
      const set = (path: string) =>
        `dataSets:\n  - name: d\n    path: ${path}\n    task: {name: make, executor: !custom {pythonVersion: 3, command: x}}\n`;
      const uses = "    dataSets: [d]\n";
      const { id, name } = await newSource({ "ame.yaml": file("sets", "echo", uses + set("a")) });
      await git.push(name, { "ame.yaml": file("sets", "echo 2", uses + set("a")) }, { branch: "same" });
      await git.push(name, { "ame.yaml": file("sets", "echo 3", uses + set("b")) }, { branch: "other" });
      await syncSource(server.ports, id, never);
      expect((await tasks().runTask({ projectId: id, taskName: "say", revision: "same" })).task?.id).toBeGreaterThan(0);
      expect(await refusal(tasks().runTask({ projectId: id, taskName: "say", revision: "other" }))).toMatchObject({
        code: Code.InvalidArgument,
        message: expect.stringContaining("d is defined otherwise at"),
      });
    });
  });
});
