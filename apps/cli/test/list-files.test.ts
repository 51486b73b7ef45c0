import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { listFiles } from "#cli/folder/list-files.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tributary-folder-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function fill(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}
const paths = async () => (await listFiles(folder)).map(({ path }) => path);

it("lists files by path with their sizes, empty and hidden ones too", async () => {
  await fill({ "b/c.py": "xyz", "a.py": "", ".env.example": "1" });
  expect(await listFiles(folder)).toEqual([
    { path: ".env.example", size: 1 },
    { path: "a.py", size: 0 },
    { path: "b/c.py", size: 3 },
  ]);
});

it("leaves at home what is made anew: repositories, environments, caches", async () => {
  const made = [
    ".git/HEAD",
    ".venv/bin/python",
    "pkg/__pycache__/m.pyc",
    "node_modules/x/i.js",
    "sub/.pytest_cache/v",
    "m.pyc",
  ];
  await fill(Object.fromEntries([...made, "kept.py"].map((path) => [path, "x"])));
  expect(await paths()).toEqual(["kept.py"]);
});

it("honours .gitignore and .ameignore of every folder, the nearest last, and .ameignore over .gitignore", async () => {
  await fill({
    ".gitignore": "*.log\n/data/\nsecret.txt\n",
    ".ameignore": "notes/\n!wanted.log\n",
    "run.log": "x",
    "wanted.log": "x",
    "data/large.bin": "x",
    "sub/data/small.bin": "x",
    "notes/n.md": "x",
    "sub/.gitignore": "*.tmp\n!keep.log\n",
    "sub/keep.log": "x",
    "sub/x.tmp": "x",
    "x.tmp": "x",
    "sub/secret.txt": "x",
  });
  expect(await paths()).toEqual([
    ".ameignore",
    ".gitignore",
    "sub/.gitignore",
    "sub/data/small.bin",
    "sub/keep.log",
    "wanted.log",
    "x.tmp",
  ]);
});

it("brings back by a rule what is usually left out", async () => {
  await fill({ ".ameignore": "!venv/\n", "venv/kept.txt": "x", ".venv/gone.txt": "x" });
  expect(await paths()).toEqual([".ameignore", "venv/kept.txt"]);
});

it("takes links to files for the files, and passes over links to folders and to nothing", async () => {
  await fill({ "a.txt": "abc", "d/x.txt": "x" });
  await symlink("a.txt", join(folder, "to-a"));
  await symlink("d", join(folder, "to-d"));
  await symlink("nowhere", join(folder, "to-nothing"));
  expect(await paths()).toEqual(["a.txt", "d/x.txt", "to-a"]);
});
