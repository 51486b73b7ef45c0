import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fileObjectStore } from "#adapters/object-store/files/index.ts";
import { chunked, collect, objectStoreConformance } from "./object-store.ts";

const child = new URL("object-store-child.ts", import.meta.url).pathname;

describe("objects in files", () => {
  objectStoreConformance((folder) => fileObjectStore({ folder }));

  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "tributary-objects-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const files = async () =>
    (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());

  it("leaves one file an object, and none of what failed", async () => {
    const objects = await fileObjectStore({ folder });
    const { hash } = await objects.put(chunked(Buffer.from("x")));
    await objects.put(chunked(Buffer.from("x")));
    await objects.put(chunked(Buffer.alloc(100)), 10).catch(() => {});
    const found = await files();
    expect(found.map(({ name }) => name)).toEqual([hash]);
    const [file] = found;
    expect((await stat(join(file?.parentPath ?? "", hash))).mode & 0o077).toBe(0);
  });

  it("removes what an earlier process left unfinished", async () => {
    await mkdir(join(folder, "unfinished"));
    await writeFile(join(folder, "unfinished", "half"), "x");
    await fileObjectStore({ folder });
    expect(await files()).toEqual([]);
  });

  it("does not pass off damaged bytes, and mends them with the next that are the same", async () => {
    const objects = await fileObjectStore({ folder });
    const { hash } = await objects.put(chunked(Buffer.from("whole")));
    await writeFile(join(folder, hash.slice(0, 2), hash), "whale");
    await expect(collect(objects.get(hash))).rejects.toThrow("damaged");
    await objects.put(chunked(Buffer.from("whole")));
    expect((await collect(objects.get(hash))).toString()).toBe("whole");
  });

  it("refuses when the disk is full, and keeps nothing of it", async () => {
    // A limit on the size of files stands for the disk.
    const run = (size: number) =>
      execFileSync("sh", ["-c", `ulimit -f 200 && exec "$0" "$@"`, process.execPath, child, folder, String(size)], {
        encoding: "utf8",
      });
    expect(run(1_000_000)).toBe("refused exhausted\n");
    expect(await files()).toEqual([]);
    expect(run(50_000)).toBe("kept 50000\n");
  });
});
