import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code, createClient } from "@connectrpc/connect";
import { ProjectService, type UploadProjectFilesRequestSchema } from "@tributary/proto/tributary/v1/projects_pb";
import { TaskService } from "@tributary/proto/tributary/v1/tasks_pb";
import { beforeEach, expect, it } from "vitest";
import { sampleProject, sampleSource } from "#test/conformance/store-samples.ts";
import { refusal, rpc, server } from "#test/facades/suite.ts";
import { admin } from "#test/in-process.ts";

type Part = MessageInitShape<typeof UploadProjectFilesRequestSchema>;

const projects = () => createClient(ProjectService, server.transport(admin));
const fileText = "name: up\ntasks:\n  - name: t\n    executor: !custom {pythonVersion: 3, command: 'true'}\n";
const newProject = async (text = fileText) => (await projects().createProject({ fileText: text })).project!.id;

const sumOf = (content: string) => createHash("sha256").update(content).digest("hex");
const headerOf = (path: string, content: string) => ({
  path,
  sizeBytes: BigInt(Buffer.byteLength(content)),
  sha256: sumOf(content),
});

function* parts(projectId: string, files: Readonly<Record<string, string>>, chunk = 100_000): Iterable<Part> {
  yield { part: { case: "projectId", value: projectId } };
  for (const [path, content] of Object.entries(files)) {
    yield { part: { case: "file", value: headerOf(path, content) } };
    const bytes = Buffer.from(content);
    for (let at = 0; at < bytes.length; at += chunk) {
      yield { part: { case: "content", value: new Uint8Array(bytes.subarray(at, at + chunk)) } };
    }
  }
}

async function* sent(all: Iterable<Part>): AsyncIterable<Part> {
  yield* all;
}

const upload = (all: Iterable<Part>) => projects().uploadProjectFiles(sent(all));

async function filesOf(projectId: string): Promise<Readonly<Record<string, number>>> {
  const files = await server.ports.store.transact((tx, id: string) => tx.projectFiles.list(id), projectId);
  return Object.fromEntries(files.map(({ path, size }) => [path, size]));
}

rpc("tributary.v1.ProjectService.CreateProject", () => {
  it("makes a project of a file, keeps its text, and runs its tasks", async () => {
    const { project } = await projects().createProject({ fileText });
    expect(project).toMatchObject({ name: "up", uploadCount: 1, tasks: [{ name: "t", command: "true", problem: "" }] });
    expect((await projects().getProject({ id: project!.id })).fileText).toBe(fileText);
    expect(await newProject()).not.toBe(project!.id);
    const { task } = await createClient(TaskService, server.transport(admin)).runTask({
      projectId: project!.id,
      taskName: "t",
    });
    expect(task?.name).toMatch(/^up.*t-/);
  });

  it("refuses a file that is wrong, with the place", async () => {
    expect(await refusal(projects().createProject({ fileText: "name: up\ntasks:\n  - name: [1\n" }))).toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringMatching(/^file_text: line \d+, column \d+: /),
    });
    expect(await refusal(projects().createProject({ fileText: "name: My_Project\n" }))).toMatchObject({
      code: Code.InvalidArgument,
    });
    expect(await refusal(projects().createProject({}))).toMatchObject({ code: Code.InvalidArgument });
  });
});

rpc("tributary.v1.ProjectService.UploadProjectFiles", () => {
  let id: string;
  beforeEach(async () => {
    id = await newProject();
  });

  it("keeps many files of one stream: empty, small and large ones", async () => {
    const files = Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`d/${n}`, `content ${n}`]));
    const all = { ...files, empty: "", large: "x".repeat(300_000), "./also": "a" };
    const answer = await upload(parts(id, all));
    expect(answer).toMatchObject({ fileCount: 203 });
    expect(Object.keys(await filesOf(id)).length).toBe(203);
    expect(await filesOf(id)).toMatchObject({ empty: 0, large: 300_000, also: 1, "d/199": 11 });
  });

  it("keeps what came whole when the stream breaks off, and nothing else", async () => {
    const large = "y".repeat(250_000);
    const all = [...parts(id, { a: "a", b: "b", large }, 1_000)].slice(0, 100);
    async function* broken(): AsyncIterable<Part> {
      yield* all;
      throw new Error("the caller is gone");
    }
    await expect(projects().uploadProjectFiles(broken())).rejects.toThrow();
    await expect.poll(() => filesOf(id), { timeout: 15_000 }).toEqual({ a: 1, b: 1 });
    await expect.poll(() => readdir(join(server.folder, "objects/unfinished")), { timeout: 15_000 }).toEqual([]);
    const wanted = Object.entries({ a: "a", b: "b", large }).map(([path, content]) => headerOf(path, content));
    expect((await projects().reuseProjectFiles({ projectId: id, files: wanted })).missing).toEqual([2]);
  });

  const content = (value: string): Part => ({ part: { case: "content", value: new Uint8Array(Buffer.from(value)) } });
  const file = (path: string, text: string): Part => ({ part: { case: "file", value: headerOf(path, text) } });
  it.each<[string, readonly Part[], string]>([
    ["less than was said", [file("a", "abc"), content("ab")], "less than that came of a"],
    ["more than was said", [file("a", "abc"), content("abcd")], "more than that came of a"],
    [
      "more than was said, of a large one",
      [file("a", "z".repeat(100_000)), content("z".repeat(100_001))],
      "more than that",
    ],
    ["other content", [file("a", "abc"), content("xyz")], "content of a has another hash"],
    ["a path that leaves the folder", [file("../a", "")], "leaves the folder"],
    ["an absolute path", [file("/a", "")], "is absolute"],
    ["nothing in a message", [{}], "header comes before"],
  ])("refuses %s", async (_, some, why) => {
    const all = [{ part: { case: "projectId" as const, value: id } }, file("before", "b"), content("b"), ...some];
    expect(await refusal(upload(all))).toMatchObject({
      code: Code.InvalidArgument,
      message: expect.stringContaining(why),
    });
    expect(await filesOf(id)).toEqual({ before: 1 });
  });

  it("refuses a stream without a project, an unknown one, and that of a source", async () => {
    expect(await refusal(upload([]))).toMatchObject({ code: Code.InvalidArgument });
    const headless = [{ part: { case: "projectId" as const, value: id } }, content("x")];
    expect(await refusal(upload(headless))).toMatchObject({ message: expect.stringContaining("header comes before") });
    expect(await refusal(upload(parts("nope", {})))).toMatchObject({ code: Code.NotFound });
    await server.ports.store.transact(async (tx) => {
      await tx.sources.insert([sampleSource("src")]);
      await tx.projects.insert([sampleProject("src", { sourceId: "src" })]);
    }, undefined);
    expect(await refusal(upload(parts("src", { a: "a" })))).toMatchObject({ code: Code.FailedPrecondition });
  });
});

rpc("tributary.v1.ProjectService.ReuseProjectFiles", () => {
  const files = { a: "content a", "b/c": "content c" };
  const wanted = Object.entries({ ...files, "b/new": "new" }).map(([path, content]) => headerOf(path, content));

  it("gives a project what earlier uploads of its name have, under any path, and tells what is missing", async () => {
    await upload(parts(await newProject(), files));
    const id = await newProject();
    const moved = [...wanted, headerOf("moved/a", files.a)];
    expect((await projects().reuseProjectFiles({ projectId: id, files: moved })).missing).toEqual([2]);
    expect(await filesOf(id)).toEqual({ a: 9, "b/c": 9, "moved/a": 9 });
    await upload(parts(id, { "b/new": "new" }));
    expect((await projects().reuseProjectFiles({ projectId: id, files: moved })).missing).toEqual([]);
  });

  it("brings nobody what they know only the hash of", async () => {
    await upload(parts(await newProject(), files));
    const other = await newProject(fileText.replace("name: up", "name: other"));
    expect((await projects().reuseProjectFiles({ projectId: other, files: wanted })).missing).toEqual([0, 1, 2]);
    expect(await filesOf(other)).toEqual({});
    const lying = { ...headerOf("a", files.a), sizeBytes: 1n };
    expect((await projects().reuseProjectFiles({ projectId: await newProject(), files: [lying] })).missing).toEqual([
      0,
    ]);
  });

  it("refuses an unknown project, bad paths and hashes, and a path that is there twice", async () => {
    const id = await newProject();
    const ask = (some: object[], projectId = id) =>
      refusal(projects().reuseProjectFiles({ projectId, files: some as never }));
    expect(await ask([], "nope")).toMatchObject({ code: Code.NotFound });
    expect(await ask([headerOf("../x", "")])).toMatchObject({ message: expect.stringContaining("files[0].path") });
    expect(await ask([{ path: "a", sha256: "x" }])).toMatchObject({ code: Code.InvalidArgument });
    expect(await ask([headerOf("a", ""), headerOf("./a", "")])).toMatchObject({
      message: expect.stringContaining("twice"),
    });
  });
});
