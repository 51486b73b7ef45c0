import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Code, createClient } from "@connectrpc/connect";
import { SecretService } from "@tributary/proto/tributary/v1/secrets_pb";
import { SourceIssueKind, SourceService, SourceState } from "@tributary/proto/tributary/v1/sources_pb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { programGit } from "#adapters/git/program/index.ts";
import { syncSource } from "#core/sources/sync-source.ts";
import { refusal, rpc, server } from "#test/facades/suite.ts";
import { type GitServer, startGitServer } from "#test/git-server.ts";
import { type SshServer, startSshServer } from "./ssh-server.ts";

const program = process.env.SSHD;
const never = new AbortController().signal;

describe.skipIf(program === undefined)("git over ssh", () => {
  let repositories: GitServer;
  let ssh: SshServer;
  let folder: string;
  beforeAll(async () => {
    repositories = await startGitServer();
    ssh = await startSshServer(program ?? "");
    folder = await mkdtemp(join(tmpdir(), "tributary-ssh-"));
  });
  afterAll(async () => {
    await ssh.close();
    await repositories.close();
    await rm(folder, { recursive: true, force: true });
  });
  const url = (name: string) => ssh.url(join(repositories.folder, `${name}.git`));
  const git = () => programGit({ folder: join(folder, "a git folder"), environment: { PATH: process.env.PATH } });

  it("logs in by a private key, which leaves no file behind", async () => {
    const commit = await repositories.push("keyed", { "ame.yaml": "name: keyed\n" });
    const ask = { sourceId: "keyed", repository: url("keyed"), password: ssh.key.replaceAll("\n", "\r\n") };
    const first = await git().fetch(ask, never);
    expect(first).toMatchObject({
      ok: true,
      commit,
      hostKeys: expect.stringContaining(`[127.0.0.1]:${ssh.port} ssh-`),
    });
    expect(await git().readFile("keyed", commit, "ame.yaml")).toEqual(Buffer.from("name: keyed\n"));
    expect(await readdir(join(folder, "a git folder", "home", "keys"))).toEqual([]);
  });

  it("takes user@host:path with the user name of the source", async () => {
    await repositories.push("named", { a: "1" });
    const repository = url("named").replace(`${ssh.user}@`, "");
    const ask = { sourceId: "named", repository, username: ssh.user, password: ssh.key };
    expect(await git().fetch(ask, never)).toMatchObject({ ok: true });
  });

  it.each([
    ["another key", () => ssh.strangersKey, /refuses the key or password/],
    ["no key", () => undefined, /asks for an ssh key/],
  ])("tells what to do about %s", async (_, key, says) => {
    await repositories.push("strange", { a: "1" });
    const password = key();
    const ask = { sourceId: "strange", repository: url("strange"), ...(password !== undefined && { password }) };
    expect(await git().fetch(ask, never)).toMatchObject({
      ok: false,
      kind: "auth-failure",
      message: expect.stringMatching(says),
    });
  });

  it("tells of a repository that is not there", async () => {
    const ask = { sourceId: "none", repository: url("none"), password: ssh.key };
    expect(await git().fetch(ask, never)).toMatchObject({ ok: false, kind: "repository-not-found" });
  });

  rpc("the host of a source", () => {
    it("trusts the first key of a source's host, no other, and a new one when it is told to", async () => {
      const sources = createClient(SourceService, server.transport());
      await createClient(SecretService, server.transport()).createSecret({ key: "deploy-key", value: ssh.key });
      await repositories.push("pinned", { "ame.yaml": "name: pinned\n" });
      const settings = { repository: url("pinned"), secretKey: "deploy-key" };
      const { source } = await sources.createSource({ settings });
      const id = source?.id ?? "";
      const sync = async () => {
        await syncSource(server.ports, id, never);
        return (await sources.getSource({ id })).source;
      };
      expect(await sync()).toMatchObject({
        state: SourceState.SYNCHRONIZED,
        hostKeys: [{ host: `[127.0.0.1]:${ssh.port}`, type: "ssh-ed25519", fingerprint: ssh.fingerprint() }],
      });
      const before = ssh.fingerprint();
      await ssh.changeHostKey();
      for (let tries = 0; tries < 2; tries++) {
        expect(await sync()).toMatchObject({
          state: SourceState.ERROR,
          issues: [{ kind: SourceIssueKind.HOST_KEY_CHANGED, explanation: expect.stringContaining("forget the old") }],
          hostKeys: [{ fingerprint: before }],
        });
      }
      expect((await sources.forgetHostKeys({ sourceId: id })).source?.hostKeys).toEqual([]);
      expect(await sync()).toMatchObject({
        state: SourceState.SYNCHRONIZED,
        hostKeys: [{ fingerprint: ssh.fingerprint() }],
      });
      expect(await refusal(sources.forgetHostKeys({ sourceId: "nope" }))).toMatchObject({ code: Code.NotFound });
    });
  });
});
