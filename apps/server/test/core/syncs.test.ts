import { createClient } from "@connectrpc/connect";
import { AmeService } from "@tributary/proto/ame/v1/ame_pb";
import { SecretService } from "@tributary/proto/tributary/v1/secrets_pb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "#adapters/clock/system/index.ts";
import type { Git } from "#core/ports/git.ts";
import type { Tx } from "#core/ports/tx.ts";
import { createSource, deleteSource } from "#core/sources/sources.ts";
import { syncSource } from "#core/sources/sync-source.ts";
import { type GitServer, startGitServer } from "#test/git-server.ts";
import { type InProcess, openInProcess } from "#test/in-process.ts";

const never = new AbortController().signal;
let git: GitServer;
let server: InProcess;
beforeAll(async () => {
  git = await startGitServer();
  server = await openInProcess({ clock: systemClock() });
});
afterAll(async () => {
  await server.close();
  await git.close();
});

const add = async (name: string, more: object = {}) =>
  (await createSource(server.ports, { repository: git.url(name), ...more })).id;
const sync = (id: string) => syncSource(server.ports, id, never);
const projectOf = (id: string) =>
  server.ports.store.transact(async (tx: Tx, key: string) => (await tx.projects.getMany([key])).get(key), id);
const file = (name: string) => ({ "ame.yaml": `name: ${name}\n` });

/** The same git, that does something between fetching and answering. */
const during = (act: () => Promise<unknown>): Git => ({
  ...server.ports.git,
  async fetch(ask, signal) {
    const head = await server.ports.git.fetch(ask, signal);
    await act();
    return head;
  },
});

describe("a source that is synced", () => {
  it("goes to what was force-pushed, and keeps what ran before", async () => {
    const first = await git.push("forced", file("forced"));
    const id = await add("forced");
    await sync(id);
    const second = await git.push("forced", file("forced"), { force: true });
    expect(await sync(id)).toMatchObject({ state: "synchronized", commit: second });
    expect(await server.ports.git.readFile(id, first, "ame.yaml")).toBeDefined();
  });

  it("follows a default branch that was renamed", async () => {
    await git.push("renamed", file("renamed"), { branch: "master" });
    const id = await add("renamed");
    expect(await sync(id)).toMatchObject({ branch: "master" });
    const commit = await git.push("renamed", file("renamed"), { branch: "trunk" });
    await git.setDefaultBranch("renamed", "trunk");
    await git.deleteBranch("renamed", "master");
    expect(await sync(id)).toMatchObject({ state: "synchronized", branch: "trunk", commit });
    expect((await server.ports.git.branches(id, 10)).map(({ name }) => name)).toEqual(["trunk"]);
  });

  it("says what an empty repository lacks, and reads it when something was pushed", async () => {
    await git.create("empty");
    const id = await add("empty");
    expect(await sync(id)).toMatchObject({
      state: "error",
      issues: [{ kind: "unknown", explanation: expect.stringContaining("no commits yet: push one") }],
    });
    await git.push("empty", file("empty"));
    expect(await sync(id)).toMatchObject({ state: "synchronized", issues: [] });
  });

  it("keeps the project of the last good sync while the file is broken", async () => {
    const good = await git.push("broken", file("broken"));
    const id = await add("broken");
    await sync(id);
    const bad = await git.push("broken", { "ame.yaml": "name: [x]\n" });
    const source = await sync(id);
    expect(source).toMatchObject({ state: "error", commit: good, seenCommit: bad });
    expect(source?.issues).toMatchObject([
      {
        kind: "project-not-found",
        explanation: expect.stringMatching(/^ame\.yaml line 1, column 7: name: must be text/),
      },
    ]);
    expect(await projectOf(id)).toMatchObject({ commit: good });
  });

  it("refuses a project's name that is not RFC 1123, with one that is", async () => {
    await git.push("named", { "ame.yaml": "name: My_Project\n" });
    const source = await sync(await add("named"));
    expect(source?.issues).toMatchObject([{ explanation: expect.stringContaining("write for example my-project") }]);
  });

  it("takes a project of a name that another source has, and says so where the name is used", async () => {
    for (const repository of ["twin-a", "twin-b"]) await git.push(repository, { "ame.yaml": shared });
    for (const repository of ["twin-a", "twin-b"]) {
      expect(await sync(await add(repository))).toMatchObject({ state: "synchronized" });
    }
    const ame = createClient(AmeService, server.transport());
    const { name } = await ame.createProject({ cfg: { name: "user" } });
    const taskCfg = { name: "t", fromTemplate: { name: "base", project: "twin" } };
    await expect(ame.runTask({ projectId: { name }, taskCfg })).rejects.toThrow(
      "2 sources contain a project named twin; rename one",
    );
  });
});

describe("while a source is synced", () => {
  it("it can be deleted, and does not come back", async () => {
    await git.push("deleted", file("deleted"));
    const id = await add("deleted");
    const ports = { ...server.ports, git: during(() => deleteSource(server.ports, id)) };
    expect(await syncSource(ports, id, never)).toBeUndefined();
    expect(await projectOf(id)).toBeUndefined();
    expect((await server.ports.store.view.listSources()).sources.map((source) => source.id)).not.toContain(id);
    expect(await sync(id)).toBeUndefined();
  });

  it("its secret can be deleted: this sync ends well, the next says what is missing", async () => {
    await git.push("private", file("private"));
    git.requireLogin("private", { username: "ann", password: "what is asked for" });
    const secrets = createClient(SecretService, server.transport());
    await secrets.createSecret({ key: "token", value: "what is asked for" });
    const id = await add("private", { username: "ann", secretKey: "token" });
    const ports = { ...server.ports, git: during(() => secrets.deleteSecret({ key: "token" })) };
    expect(await syncSource(ports, id, never)).toMatchObject({ state: "synchronized" });
    expect(await sync(id)).toMatchObject({
      state: "error",
      settledState: "error",
      issues: [{ kind: "secret-not-found", explanation: expect.stringContaining("create it, or choose another") }],
    });
  });

  it("clients of AME see the state before", async () => {
    await git.push("seen", file("seen"));
    const id = await add("seen");
    const ame = createClient(AmeService, server.transport());
    const seen: number[] = [];
    const look = async () => seen.push((await ame.getProjectSrcStatus({ name: id })).state);
    const ports = { ...server.ports, git: during(look) };
    await syncSource(ports, id, never);
    await syncSource(ports, id, never);
    // Pending, then Synchronized; Synchronising would be 1.
    expect(seen).toEqual([0, 2]);
  });
});

const shared = `name: twin
templates:
  - name: base
    executor: !custom {pythonVersion: 3, command: x}
`;
