import { appendFile, mkdtemp, readdir, readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { restoreBackup } from "#adapters/backups/folder/restore-backup.ts";
import { fileLogStore } from "#adapters/log-store/files/index.ts";
import { fileObjectStore } from "#adapters/object-store/files/index.ts";
import { newestTables } from "#adapters/store/kysely/migrations/index.ts";
import { sqliteStore } from "#adapters/store/sqlite/index.ts";
import { createBackup } from "#core/backup/create-backup.ts";
import { keepObject } from "#core/objects/keep-object.ts";
import type { Tx } from "#core/ports/tx.ts";
import { chunked, collect } from "../conformance/object-store.ts";
import { addTasks, sampleTask } from "../conformance/store-samples.ts";
import { type InProcess, openInProcess } from "../in-process.ts";

describe("a backup", () => {
  let server: InProcess;
  let target: string;
  const never = new AbortController().signal;

  beforeEach(async () => {
    server = await openInProcess();
    target = await mkdtemp(join(tmpdir(), "tributary-restored-"));
  });
  afterEach(async () => {
    await server.close();
    await rm(target, { recursive: true, force: true });
  });

  const backUp = async () => (await createBackup(server.ports, () => {}, never)).path;

  const restore = (backup: string, tables = newestTables) =>
    restoreBackup({
      backup,
      dataFolder: target,
      tables,
      objects: () => fileObjectStore({ folder: join(target, "objects") }),
    });

  /** A task with a log and an artifact. */
  async function fill() {
    const { ports } = server;
    await addTasks(ports.store, [sampleTask(1), sampleTask(2)]);
    await ports.logs.append({ taskId: 1, number: 1 }, 0, [{ stream: "stdout", at: 1, bytes: Buffer.from("a\nb\n") }]);
    const { hash } = await keepObject(ports, chunked(Buffer.from("the model")), 100);
    await ports.store.transact(
      (tx: Tx) => tx.artifacts.put([{ taskId: 1, attempt: 1, path: "m", size: 9, hash }]),
      undefined,
    );
    return hash;
  }

  it("restores tasks, logs and objects", async () => {
    const hash = await fill();
    const backup = await backUp();
    await addTasks(server.ports.store, [sampleTask(3)]);
    await writeFile(join(target, "master.key"), "put here before");
    expect(await restore(backup)).toBeGreaterThan(3);
    await using opened = await openRestored(target);
    expect(await opened.store.view.getTasks([1, 2, 3])).toHaveLength(2);
    expect((await opened.store.view.getTask(1))?.artifacts).toMatchObject([{ hash }]);
    expect((await collect(opened.objects.get(hash))).toString()).toBe("the model");
    expect((await opened.logs.readLines(1, 0, 10)).map(({ bytes }) => Buffer.from(bytes).toString())).toEqual([
      "a",
      "b",
    ]);
    expect(await readdir(target)).not.toContain("restoring");
  });

  it("does not change with what happens after it", async () => {
    await fill();
    const backup = await backUp();
    const first = await readFile(join(backup, "checksums.txt"), "utf8");
    await server.ports.logs.append({ taskId: 1, number: 1 }, 4, [
      { stream: "stdout", at: 2, bytes: Buffer.from("later\n") },
    ]);
    await restore(backup);
    expect(await readFile(join(backup, "checksums.txt"), "utf8")).toBe(first);
    await using opened = await openRestored(target);
    expect(await opened.logs.readLines(1, 0, 10)).toHaveLength(2);
  });

  it("has no master key", async () => {
    const backup = await backUp();
    const key = await readFile(join(server.folder, "master.key"));
    const names = await readdir(backup, { recursive: true, withFileTypes: true });
    for (const entry of names.filter((one) => one.isFile())) {
      const bytes = await readFile(join(entry.parentPath, entry.name));
      expect(bytes.includes(key.toString().trim()), entry.name).toBe(false);
    }
    expect(names.map(({ name }) => name)).not.toContain("master.key");
  });

  it.each([
    ["a file that was changed", (at: string) => appendFile(join(at, "tributary.db"), "x"), /tributary\.db was changed/],
    ["a file that is missing", (at: string) => rm(join(at, "tributary.db")), /tributary\.db is missing/],
    [
      "a list that was changed",
      (at: string) => appendFile(join(at, "checksums.txt"), "x"),
      /checksums\.txt was changed/,
    ],
    ["no manifest", (at: string) => rm(join(at, "backup.json")), /is not a whole backup/],
    [
      "an object that was changed",
      async (at: string) => {
        const [object] = (await readdir(join(at, "objects"), { recursive: true })).filter((name) => name.length > 60);
        // Not in place: the object store has the same file.
        await writeFile(join(at, "changed"), "other");
        await rename(join(at, "changed"), join(at, "objects", object!));
      },
      /objects\/.* was changed/,
    ],
    ["a log that was cut", async (at: string) => truncate(await logIn(at), 1), /logs\/.* was changed/],
  ])("is refused with %s, and nothing is restored", async (_, spoil, message) => {
    await fill();
    const backup = await backUp();
    await spoil(backup);
    await expect(restore(backup)).rejects.toThrow(message);
    expect(await readdir(target)).not.toContain("tributary.db");
    // and the folder can be used for a good one
    await rm(join(target, "objects"), { recursive: true, force: true });
    expect(await restore(await backUp())).toBeGreaterThan(3);
  });

  it("is refused by an older version of the server", async () => {
    await expect(restore(await backUp(), newestTables - 1)).rejects.toMatchObject({
      refusal: "invalid",
      message: expect.stringMatching(/made by version test .*restore it with that version or a later one/),
    });
  });

  it("is not restored over anything", async () => {
    const backup = await backUp();
    await writeFile(join(target, "tributary.db"), "precious");
    await expect(restore(backup)).rejects.toMatchObject({ refusal: "conflict" });
    expect(await readFile(join(target, "tributary.db"), "utf8")).toBe("precious");
  });
});

async function logIn(backup: string): Promise<string> {
  const names = await readdir(join(backup, "logs"), { recursive: true });
  return join(backup, "logs", names.find((name) => name.endsWith(".index"))!);
}

async function openRestored(folder: string) {
  const store = await sqliteStore({ file: join(folder, "tributary.db") });
  const logs = await fileLogStore({ folder: join(folder, "logs") });
  const objects = await fileObjectStore({ folder: join(folder, "objects") });
  return {
    store,
    logs,
    objects,
    async [Symbol.asyncDispose]() {
      await logs.close();
      await store.close();
    },
  };
}
