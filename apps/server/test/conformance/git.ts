import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Git, GitFailure, GitFetch, GitHead } from "#core/ports/git.ts";
import { type GitServer, startGitServer } from "#test/git-server.ts";
import { unpack } from "./unpack.ts";

const never = new AbortController().signal;
let sources = 0;

/** What every adapter of {@link Git} keeps to, against a real server. */
export function gitConformance(make: (folder: string) => Git): void {
  let server: GitServer;
  let folder: string;
  let git: Git;

  beforeAll(async () => {
    server = await startGitServer();
    folder = await mkdtemp(join(tmpdir(), "tributary-git-"));
    git = make(folder);
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  const newSource = () => `source${++sources}`;
  const fetched = async (ask: GitFetch): Promise<GitHead> => {
    const outcome = await git.fetch(ask, never);
    if (!outcome.ok) throw new Error(outcome.message);
    return outcome;
  };
  const failed = async (ask: GitFetch): Promise<GitFailure> => {
    const outcome = await git.fetch(ask, never);
    if (outcome.ok) throw new Error(`fetched ${outcome.commit}`);
    return outcome;
  };
  const textAt = async (sourceId: string, commit: string, path: string) => {
    const bytes = await git.readFile(sourceId, commit, path);
    return bytes && Buffer.from(bytes).toString();
  };

  describe("fetch", () => {
    it("tells the newest commit of the default branch", async () => {
      const sourceId = newSource();
      const commit = await server.push(
        "simple",
        { "ame.yaml": "name: simple\n" },
        { message: "Ünïcode subject\n\nBody" },
      );
      const head = await fetched({ sourceId, repository: server.url("simple") });
      expect(head).toEqual({
        ok: true,
        branch: "main",
        commit,
        subject: "Ünïcode subject",
        committedAt: expect.any(Number),
      });
      expect(head.committedAt).toBeGreaterThan(1.7e12);
      expect(await textAt(sourceId, commit, "ame.yaml")).toBe("name: simple\n");
    });

    it("follows pushes, forced ones too, and keeps commits that were there", async () => {
      const ask = { sourceId: newSource(), repository: server.url("moving") };
      const first = await server.push("moving", { a: "1" });
      expect((await fetched(ask)).commit).toBe(first);
      const second = await server.push("moving", { a: "2" });
      expect((await fetched(ask)).commit).toBe(second);
      const forced = await server.push("moving", { a: "3" }, { force: true });
      expect((await fetched(ask)).commit).toBe(forced);
      expect(await textAt(ask.sourceId, first, "a")).toBe("1");
      expect(await textAt(ask.sourceId, forced, "a")).toBe("3");
    });

    it("asks an unchanged repository for its heads only", async () => {
      const ask = { sourceId: newSource(), repository: server.url("still") };
      await server.push("still", { a: "1" });
      await fetched(ask);
      const before = server.requests.length;
      await fetched(ask);
      // Protocol 2: what the server can do, then its references. A fetch would ask for a pack besides.
      expect(server.requests.slice(before)).toHaveLength(2);
    });

    it("knows all branches, and forgets those that were deleted", async () => {
      const ask = { sourceId: newSource(), repository: server.url("branches") };
      await server.push("branches", { a: "main" });
      await server.push("branches", { a: "old" }, { branch: "feature" });
      await fetched(ask);
      await server.deleteBranch("branches", "feature");
      // Only possible when the old branch, in whose way the new one is, has been forgotten.
      const commit = await server.push("branches", { a: "new" }, { branch: "feature/one" });
      await fetched(ask);
      expect(await textAt(ask.sourceId, commit, "a")).toBe("new");
    });

    it("follows a change of the default branch", async () => {
      const ask = { sourceId: newSource(), repository: server.url("default") };
      await server.push("default", { a: "1" }, { branch: "master" });
      expect((await fetched(ask)).branch).toBe("master");
      const commit = await server.push("default", { a: "2" }, { branch: "trunk" });
      await server.setDefaultBranch("default", "trunk");
      expect(await fetched(ask)).toMatchObject({ branch: "trunk", commit });
    });

    it("takes the only branch when the default one does not exist", async () => {
      const ask = { sourceId: newSource(), repository: server.url("unborn") };
      await server.push("unborn", { a: "1" }, { branch: "work" });
      await server.setDefaultBranch("unborn", "main");
      expect((await fetched(ask)).branch).toBe("work");
    });

    it("reads another repository when the address changes", async () => {
      const sourceId = newSource();
      await server.push("before", { a: "before" });
      const commit = await server.push("after", { a: "after" });
      await fetched({ sourceId, repository: server.url("before") });
      expect((await fetched({ sourceId, repository: server.url("after") })).commit).toBe(commit);
    });

    it("does one fetch of a source at a time", async () => {
      const ask = { sourceId: newSource(), repository: server.url("busy") };
      const commit = await server.push("busy", { a: "1" });
      const heads = await Promise.all(Array.from({ length: 4 }, () => fetched(ask)));
      expect(heads.map((head) => head.commit)).toEqual([commit, commit, commit, commit]);
    });
  });

  describe("login", () => {
    const login = { username: "ann", password: "pa'ss\"w$(touch x)örd%41" };

    beforeAll(async () => {
      await server.push("private", { a: "secret" });
      server.requireLogin("private", login);
    });

    it("logs in with user name and password", async () => {
      const ask = { sourceId: newSource(), repository: server.url("private"), ...login };
      expect((await fetched(ask)).ok).toBe(true);
      // Secrets are often stored with the line end of the file they came from.
      expect((await fetched({ ...ask, password: `${login.password}\n` })).ok).toBe(true);
    });

    it("keeps credentials out of its files", async () => {
      const ask = { sourceId: newSource(), repository: server.url("private"), ...login };
      await fetched(ask);
      const files = await readdir(folder, { recursive: true, withFileTypes: true });
      const texts = files
        .filter((file) => file.isFile())
        .map((file) => readFile(join(file.parentPath, file.name), "latin1"));
      for (const text of await Promise.all(texts))
        expect(text).not.toContain(Buffer.from("touch x").toString("latin1"));
      expect(texts.length).toBeGreaterThan(3);
    });

    it.each([
      ["no credentials", {}, /private or does not exist.*user name and a secret/s],
      ["a wrong password", { username: "ann", password: "wrong-password-1" }, /refuses the login: check/],
      ["no user name", { password: login.password }, /give its user name/],
    ])("tells what to do about %s", async (_, credentials, says) => {
      const failure = await failed({ sourceId: newSource(), repository: server.url("private"), ...credentials });
      expect(failure.kind).toBe("auth-failure");
      expect(failure.message).toMatch(says);
      expect(failure.message).not.toContain("wrong-password-1");
    });

    it("gives the password to nobody to whom the repository redirects", async () => {
      await server.push("trap", { a: "1" });
      const other = await startGitServer();
      try {
        await other.push("thief", { a: "1" });
        const seen: string[] = [];
        other.requireLogin("thief", { username: "nobody", password: "nothing" });
        server.redirect("/trap.git/info/refs", `${other.origin}/thief.git/info/refs`);
        const failure = await failed({ sourceId: newSource(), repository: server.url("trap"), ...login });
        expect(failure.kind).toBe("auth-failure");
        seen.push(...other.requests);
        expect(seen).not.toEqual([]);
        // Had it sent the password there, it would have been asked about it a second time.
        expect(seen.filter((line) => line.endsWith(" 401"))).toHaveLength(1);
      } finally {
        await other.close();
      }
    });
  });

  describe("failures", () => {
    it("tells of a repository that does not exist", async () => {
      const failure = await failed({ sourceId: newSource(), repository: server.url("no-such") });
      expect(failure).toMatchObject({
        kind: "repository-not-found",
        message: expect.stringContaining("check the path"),
      });
    });

    it("tells of a host that does not exist", async () => {
      const failure = await failed({ sourceId: newSource(), repository: "http://no-such-host.invalid/x.git" });
      expect(failure).toMatchObject({ kind: "repository-not-found" });
      expect(failure.message).toContain("There is no host no-such-host.invalid");
    });

    it("tells of a host that does not answer", async () => {
      const failure = await failed({ sourceId: newSource(), repository: "http://127.0.0.1:1/x.git" });
      expect(failure).toMatchObject({ kind: "repository-not-found" });
      expect(failure.message).toContain("127.0.0.1:1 cannot be reached");
    });

    it("tells of a repository without commits", async () => {
      const failure = await failed({ sourceId: newSource(), repository: await server.create("empty") });
      expect(failure).toMatchObject({ kind: "unknown", message: expect.stringContaining("no commits yet") });
    });

    it("recovers when what failed is mended", async () => {
      const ask = { sourceId: newSource(), repository: server.url("late") };
      await failed(ask);
      const commit = await server.push("late", { a: "1" });
      expect((await fetched(ask)).commit).toBe(commit);
    });

    it.each(["ext::sh -c touch%20/tmp/x", "file:///etc", "/etc", "--upload-pack=touch x", "-u"])(
      "refuses %s",
      async (repository) => {
        await expect(git.fetch({ sourceId: newSource(), repository }, never)).rejects.toMatchObject({
          refusal: "invalid",
        });
      },
    );

    it("refuses a source id that is a path", async () => {
      const repository = server.url("simple");
      await expect(git.fetch({ sourceId: "../x", repository }, never)).rejects.toMatchObject({ refusal: "invalid" });
    });
  });

  describe("readFile", () => {
    it("reads what is a file, and nothing else", async () => {
      const sourceId = newSource();
      const commit = await server.push("kinds", {
        "ame.yaml": { linkTo: "/etc/passwd" },
        "real.yaml": Buffer.from([0, 255, 10]),
        "folder/file": "inside",
        "link-to-folder": { linkTo: "folder" },
        script: { executable: "#!/bin/sh\n" },
        module: { submodule: "1234567890123456789012345678901234567890" },
        ".gitmodules": '[submodule "module"]\n\tpath = module\n\turl = https://example.invalid/x.git\n',
        "we*ird": "star",
      });
      await fetched({ sourceId, repository: server.url("kinds") });
      expect(await git.readFile(sourceId, commit, "ame.yaml")).toBeUndefined();
      expect(await git.readFile(sourceId, commit, "folder")).toBeUndefined();
      expect(await git.readFile(sourceId, commit, "module")).toBeUndefined();
      expect(await git.readFile(sourceId, commit, "link-to-folder/file")).toBeUndefined();
      expect(await git.readFile(sourceId, commit, "*.yaml")).toBeUndefined();
      expect(await git.readFile(sourceId, commit, ":(exclude)real.yaml")).toBeUndefined();
      expect(await git.readFile(sourceId, commit, "nothing")).toBeUndefined();
      expect(Buffer.from((await git.readFile(sourceId, commit, "real.yaml")) ?? [])).toEqual(Buffer.from([0, 255, 10]));
      expect(await textAt(sourceId, commit, "folder/file")).toBe("inside");
      expect(await textAt(sourceId, commit, "we*ird")).toBe("star");
    });

    it("refuses a file that is too large", async () => {
      const sourceId = newSource();
      const commit = await server.push("large", { fits: "x".repeat(2 ** 20), "ame.yaml": "x".repeat(2 ** 20 + 1) });
      await fetched({ sourceId, repository: server.url("large") });
      expect((await git.readFile(sourceId, commit, "fits"))?.length).toBe(2 ** 20);
      await expect(git.readFile(sourceId, commit, "ame.yaml")).rejects.toMatchObject({ refusal: "invalid" });
    });

    it("refuses a commit that is not there, or is no commit's name", async () => {
      const sourceId = newSource();
      await server.push("one", { a: "1" });
      await fetched({ sourceId, repository: server.url("one") });
      const unknown = git.readFile(sourceId, "0".repeat(40), "a");
      await expect(unknown).rejects.toMatchObject({ refusal: "not-found" });
      await expect(git.readFile(sourceId, "--help", "a")).rejects.toMatchObject({ refusal: "invalid" });
      await expect(git.readFile(newSource(), "0".repeat(40), "a")).rejects.toMatchObject({ refusal: "not-found" });
    });
  });

  describe("archive", () => {
    it("gives every file of the commit, and no history", async () => {
      const sourceId = newSource();
      const large = Buffer.alloc(5_000_000, "abcdefg");
      const commit = await server.push("archived", {
        ".gitattributes": "hidden export-ignore\nfilled export-subst\n",
        hidden: "still here",
        filled: "$Format:%H$",
        "deep/er/file": "deep",
        run: { executable: "#!/bin/sh\n" },
        link: { linkTo: "deep/er/file" },
        module: { submodule: "1234567890123456789012345678901234567890" },
        large,
      });
      await fetched({ sourceId, repository: server.url("archived") });
      const entries = await unpack(git.archive(sourceId, commit, never));
      expect([...entries.keys()].sort()).toEqual([
        ".gitattributes",
        "deep/",
        "deep/er/",
        "deep/er/file",
        "filled",
        "hidden",
        "large",
        "link",
        "module/",
        "run",
      ]);
      expect(entries.get("hidden")?.toString()).toBe("still here");
      expect(entries.get("filled")?.toString()).toBe("$Format:%H$");
      expect(entries.get("large")?.equals(large)).toBe(true);
    });

    it("stops when it is told to, or nobody reads on", async () => {
      const sourceId = newSource();
      const commit = await server.push("stopped", { large: Buffer.alloc(20_000_000, "x") });
      await fetched({ sourceId, repository: server.url("stopped") });
      for await (const chunk of git.archive(sourceId, commit, never)) {
        expect(chunk.length).toBeGreaterThan(0);
        break;
      }
      const abort = new AbortController();
      await expect(async () => {
        for await (const _ of git.archive(sourceId, commit, abort.signal)) abort.abort();
      }).rejects.toThrow();
    });

    it("refuses a commit that is not there", async () => {
      await server.push("one", { a: "1" });
      const sourceId = newSource();
      await fetched({ sourceId, repository: server.url("one") });
      await expect(unpack(git.archive(sourceId, "0".repeat(40), never))).rejects.toMatchObject({
        refusal: "not-found",
      });
    });
  });

  it("ends at once when it is told to stop", async () => {
    const stalled = await startGitServer();
    try {
      stalled.stall();
      const abort = new AbortController();
      const fetching = git.fetch({ sourceId: newSource(), repository: stalled.url("x") }, abort.signal);
      await stalled.asked;
      abort.abort(new Error("stopped by the test"));
      await expect(fetching).rejects.toThrow("stopped by the test");
      expect(execFileSync("ps", ["-eo", "args"], { encoding: "utf8" })).not.toContain(stalled.origin);
    } finally {
      await stalled.close();
    }
  });

  it("removes a mirror, and makes it anew", async () => {
    const ask = { sourceId: newSource(), repository: server.url("removed") };
    const commit = await server.push("removed", { a: "1" });
    await fetched(ask);
    await git.remove(ask.sourceId);
    await expect(git.readFile(ask.sourceId, commit, "a")).rejects.toMatchObject({ refusal: "not-found" });
    await git.remove(ask.sourceId);
    expect((await fetched(ask)).commit).toBe(commit);
  });
}
