import { execFileSync, spawnSync } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { programGit } from "#adapters/git/program/index.ts";
import { type GitServer, startGitServer } from "#test/git-server.ts";
import { gitConformance } from "./git.ts";
import { unpack } from "./unpack.ts";

const never = new AbortController().signal;
const hasSsh = spawnSync("ssh", ["-V"]).status === 0;
const environment = { PATH: process.env.PATH };

describe("git by its program", () => {
  gitConformance((folder) => programGit({ folder, environment }));

  let server: GitServer;
  let folder: string;
  beforeAll(async () => {
    server = await startGitServer();
    folder = await mkdtemp(join(tmpdir(), "tributary-git-"));
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  it("makes a damaged mirror anew", { timeout: 60_000 }, async () => {
    const git = programGit({ folder, environment });
    const ask = { sourceId: "damaged", repository: server.url("damaged") };
    await server.push("damaged", { a: "1" });
    await git.fetch(ask, never);
    const packs = join(folder, "damaged.git", "objects", "pack");
    for (const name of await readdir(packs)) {
      await chmod(join(packs, name), 0o600);
      await truncate(join(packs, name), 10);
    }
    const commit = await server.push("damaged", { a: "2" });
    expect(await git.fetch(ask, never)).toMatchObject({ ok: true, commit });
    expect(await git.readFile("damaged", commit, "a")).toEqual(Buffer.from("2"));
  });

  it("goes on after a git process was killed", async () => {
    const ask = { sourceId: "killed", repository: server.url("killed") };
    await server.push("killed", { a: "1" });
    await programGit({ folder, environment }).fetch(ask, never);
    const mirror = join(folder, "killed.git");
    await writeFile(join(mirror, "packed-refs.lock"), "");
    await writeFile(join(mirror, "refs", "heads", "main.lock"), "");
    await writeFile(join(mirror, "objects", "pack", "tmp_pack_x"), "");
    const commit = await server.push("killed", { a: "2" });
    expect(await programGit({ folder, environment }).fetch(ask, never)).toMatchObject({ ok: true, commit });
    expect(await readdir(join(mirror, "objects", "pack"))).not.toContain("tmp_pack_x");
  });

  it("packs a mirror together, and loses nothing", { timeout: 60_000 }, async () => {
    const git = programGit({ folder, environment });
    const ask = { sourceId: "many", repository: server.url("many") };
    const commits: string[] = [];
    for (let at = 0; at < 22; at++) {
      commits.push(await server.push("many", { a: String(at) }, { force: true }));
      await git.fetch(ask, never);
    }
    const packs = (await readdir(join(folder, "many.git", "objects", "pack"))).filter((name) => name.endsWith(".pack"));
    expect(packs.length).toBeLessThan(15);
    expect(await git.readFile("many", commits[0] ?? "", "a")).toEqual(Buffer.from("0"));
  });

  it("runs nothing of a repository, and reads no settings but its own", async () => {
    const evil = join(folder, "evil");
    const mark = join(folder, "was-run");
    await mkdir(join(evil, ".git"), { recursive: true });
    await writeFile(
      join(evil, ".git", "config"),
      `[core]\n\tfsmonitor = touch ${mark}\n\tsshCommand = touch ${mark}\n`,
    );
    // A data folder may be inside somebody's repository, the settings of which are not the server's.
    const git = programGit({ folder: join(evil, "mirrors"), environment });
    const commit = await server.push("hooks", {
      ".githooks/post-checkout": { executable: `#!/bin/sh\ntouch ${mark}\n` },
      "hooks/post-update": { executable: `#!/bin/sh\ntouch ${mark}\n` },
      ".gitattributes": "* filter=lfs diff=lfs merge=lfs\n",
      ".lfsconfig": "[lfs]\n\turl = http://127.0.0.1:1/\n",
      pointer: "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
    });
    await git.fetch({ sourceId: "hooks", repository: server.url("hooks") }, never);
    const entries = await unpack(git.archive("hooks", commit, never));
    expect(entries.get("pointer")?.toString()).toContain("git-lfs");
    expect(await readdir(folder)).not.toContain("was-run");
  });

  it("refuses a tree that names a path outside", async () => {
    await server.push("outside", { a: "1" });
    makeTreeWithDots(join(server.folder, "outside.git"));
    const git = programGit({ folder, environment });
    const outcome = await git.fetch({ sourceId: "outside", repository: server.url("outside") }, never);
    expect(outcome).toMatchObject({ ok: false, kind: "unknown" });
  });

  it.runIf(hasSsh)("gives ssh only options that it knows", async () => {
    const git = programGit({ folder: join(folder, "it's a folder"), environment });
    const key = "-----BEGIN OPENSSH PRIVATE KEY-----\nbm90IGEga2V5\n-----END OPENSSH PRIVATE KEY-----\n";
    for (const login of [{}, { password: key }, { username: "ann", password: "pass word" }]) {
      const ask = { sourceId: "ssh", repository: "ssh://127.0.0.1:1/x", ...login };
      const outcome = await git.fetch(ask, never);
      // An option it does not know would be told of before it connects.
      expect(outcome).toMatchObject({ ok: false, message: expect.stringContaining("cannot be reached") });
    }
    expect(await readdir(join(folder, "it's a folder", "home", "keys"))).toEqual([]);
  });

  it("says so when there is no git", async () => {
    const git = programGit({ folder, git: join(folder, "no-git"), environment });
    const outcome = await git.fetch({ sourceId: "x", repository: server.url("x") }, never);
    expect(outcome).toMatchObject({ ok: false, kind: "unknown", message: expect.stringContaining("install git") });
  });

  describe("example:", () => {
    it("makes the same commit of the same files, and another of others", async () => {
      const example = join(folder, "example");
      await mkdir(join(example, "src"), { recursive: true });
      await writeFile(join(example, "ame.yaml"), "name: example\n");
      await writeFile(join(example, "src", "ü b.py"), "print()\n");
      await writeFile(join(example, "run.sh"), "#!/bin/sh\n", { mode: 0o755 });
      for (const left of ["__pycache__", "out", ".git"]) {
        await mkdir(join(example, left));
        await writeFile(join(example, left, "x"), "x");
      }
      const copy = join(folder, "copy");
      await cp(example, copy, { recursive: true });
      const git = programGit({ folder: join(folder, "g"), examples: { one: example, two: copy }, environment });
      const one = await git.fetch({ sourceId: "one", repository: "example:one" }, never);
      expect(one).toMatchObject({ ok: true, branch: "main" });
      if (!one.ok) return;
      const entries = await unpack(git.archive("one", one.commit, never));
      expect([...entries.keys()].sort()).toEqual(["ame.yaml", "run.sh", "src/", "src/ü b.py"]);
      expect(await git.fetch({ sourceId: "one", repository: "example:one" }, never)).toEqual(one);
      await writeFile(join(example, "ame.yaml"), "name: changed\n");
      const changed = await git.fetch({ sourceId: "one", repository: "example:one" }, never);
      expect(changed).toMatchObject({ ok: true });
      expect(changed).not.toEqual(one);
      expect(await git.readFile("one", one.commit, "ame.yaml")).toEqual(Buffer.from("name: example\n"));
      await writeFile(join(example, "ame.yaml"), await readFile(join(copy, "ame.yaml")));
      expect(await git.fetch({ sourceId: "one", repository: "example:one" }, never)).toEqual(one);
    });

    it("tells of a name that is not bundled", async () => {
      const git = programGit({ folder, examples: { one: folder }, environment });
      for (const name of ["two", "constructor"]) {
        const outcome = await git.fetch({ sourceId: "x", repository: `example:${name}` }, never);
        expect(outcome).toMatchObject({ ok: false, kind: "repository-not-found" });
      }
    });
  });
});

/** A commit on main whose tree has an entry `..`. */
function makeTreeWithDots(gitDir: string): void {
  const run = (args: readonly string[], input: string | Buffer) =>
    execFileSync("git", ["--git-dir", gitDir, ...args], { input, encoding: "utf8" }).trim();
  const blob = run(["hash-object", "-w", "--stdin"], "x");
  const inner = run(["mktree"], `100644 blob ${blob}\tescaped\n`);
  const entry = Buffer.concat([Buffer.from("40000 ..\0"), Buffer.from(inner, "hex")]);
  const tree = run(["hash-object", "-w", "-t", "tree", "--stdin", "--literally"], entry);
  const author = "T <t@example.invalid> 1800000000 +0000";
  const commit = run(
    ["hash-object", "-w", "-t", "commit", "--stdin"],
    `tree ${tree}\nauthor ${author}\ncommitter ${author}\n\nevil\n`,
  );
  run(["update-ref", "refs/heads/main", commit], "");
}
