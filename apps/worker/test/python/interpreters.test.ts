import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Interpreters } from "../../src/python/interpreters.ts";
import { newestFirst, versionMatches } from "../../src/python/python-version.ts";
import { readRequirements } from "../../src/python/requirements.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "tributary-python-"));
});
afterEach(() => rmSync(root, { recursive: true }));

describe("finding an interpreter", () => {
  /** A stand-in that answers the question for its version, or fails as a version manager's does. */
  function place(path: string, version: string | undefined): void {
    mkdirSync(join(root, path, ".."), { recursive: true });
    const answer = version ? `printf '%s\\n' ${version} ${join(root, path)} "cpython test"` : "exit 127";
    writeFileSync(join(root, path), `#!/bin/sh\n${answer}\n`, { mode: 0o755 });
  }
  const find = (version: string) =>
    new Interpreters({ PATH: `${root}/a:${root}/b`, PYENV_ROOT: `${root}/pyenv` })
      .find(version)
      .then((found) => found.path.slice(root.length));

  beforeEach(() => {
    place("a/python3", "3.11.2");
    place("a/python3.11", "3.11.2");
    place("a/python3.9", undefined);
    place("b/python3.12", "3.12.1");
    place("pyenv/versions/3.11.7/bin/python", "3.11.7");
    place("pyenv/versions/3.9.18/bin/python", "3.9.18");
    place("pyenv/versions/3.10.1/bin/python", "3.10.1");
    place("pyenv/versions/2.7.18/bin/python", "2.7.18");
  });

  test.each([
    ["", "/a/python3"],
    ["3", "/a/python3"],
    ["3.11", "/a/python3"],
    ["3.11.7", "/pyenv/versions/3.11.7/bin/python"],
    ["3.9", "/pyenv/versions/3.9.18/bin/python"],
    ["3.1", undefined],
    ["3.10", "/pyenv/versions/3.10.1/bin/python"],
    ["3.12", "/b/python3.12"],
    ["2", "/pyenv/versions/2.7.18/bin/python"],
    ["4", undefined],
    ["3.11; rm", undefined],
  ])("%j is %s", async (version, path) => {
    if (path) expect(await find(version)).toBe(path);
    else await expect(find(version)).rejects.toMatchObject({ code: "python-not-found" });
  });

  test("what there is is named", async () => {
    await expect(find("3.13")).rejects.toThrow("this machine has 3.12.1, 3.11.7, 3.11.2, 3.10.1, 3.9.18, 2.7.18");
  });
});

describe("versions", () => {
  test("match component by component and sort by number", () => {
    expect(versionMatches("3.11.7", "3.1")).toBe(false);
    expect(versionMatches("3.11.7", "3.11")).toBe(true);
    expect(versionMatches("2.7.18", "")).toBe(false);
    expect(["3.9.1", "3.11.0", "3.9.18", "pypy"].sort(newestFirst)).toEqual(["3.11.0", "3.9.18", "3.9.1", "pypy"]);
  });
});

describe("requirements", () => {
  const write = (files: Record<string, string>) => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(root, path, ".."), { recursive: true });
      writeFileSync(join(root, path), text);
    }
  };

  test("contain what they include", () => {
    write({
      "r.txt": "-r more/a.txt\nsix\n",
      "more/a.txt": "--constraint=b.txt\n-r ../r.txt\n",
      "more/b.txt": "six==1\n",
    });
    expect(readRequirements(root, "./r.txt").contents.map(([path]) => path)).toEqual([
      "more/a.txt",
      "more/b.txt",
      "r.txt",
    ]);
  });

  test.each([
    ["six==1.16.0 # ./not a path\n--index-url https://x/y", false],
    ["six @ https://x/six.whl", false],
    ["-e git+https://x/y.git#egg=z", false],
    ["git+ssh://git@x/y.git", false],
    ["-e .", true],
    ["--editable=.", true],
    ["./lib[extra]", true],
    ["lib/thing.whl", true],
    ["other/thing.whl", false],
    ["six @ file:///x", true],
    ["--find-links wheels", true],
  ])("%j: local is %s", (text, local) => {
    write({ "r.txt": text, "lib/thing.whl": "" });
    expect(readRequirements(root, "r.txt").local).toBe(local);
  });

  test.each(["none.txt", "../r.txt", "/etc/passwd"])("%s is missing", (file) => {
    write({ "../r.txt": "" });
    rmSync(join(root, "../r.txt"));
    expect(() => readRequirements(root, file)).toThrow(`"${file}"`);
  });
});
