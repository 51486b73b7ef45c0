import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "#adapters/clock/system/index.ts";
import { fileSecretVault } from "#adapters/secret-vault/file/index.ts";
import { migrations } from "#adapters/store/kysely/migrations/index.ts";
import { sqliteStore } from "#adapters/store/sqlite/index.ts";
import type { SecretVault } from "#core/ports/secret-vault.ts";
import type { Store } from "#core/ports/store.ts";
import type { Tx } from "#core/ports/tx.ts";
import { openKeyRing } from "#core/secrets/key-ring.ts";
import { ownerOf } from "#core/secrets/secret.ts";

const child = fileURLToPath(new URL("./migrating-child.ts", import.meta.url));

describe("a database of the first release", () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "tributary-first-"));
    file = join(folder, "tributary.db");
    writeFileSync(file, gunzipSync(readFileSync(new URL("./data/first-tables.db.gz", import.meta.url))));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const tablesOf = () => {
    const database = new DatabaseSync(file);
    try {
      return database.prepare("select number, name from migrations order by number").all();
    } finally {
      database.close();
    }
  };
  const newest = migrations.map(({ number, name }) => ({ number, name }));

  async function checkAll() {
    const store = await sqliteStore({ file });
    try {
      const vault = await fileSecretVault({ file: "/nonexistent", masterKey: Buffer.alloc(32, 7).toString("base64") });
      await openKeyRing({ store, vault, clock: systemClock() });
      const tasks = await store.view.getTasks([1, 2, 3, 4, 5]);
      expect(tasks.map(({ state }) => state)).toEqual(["queued", "waiting", "active", "succeeded", "failed"]);
      const failed = await store.view.getTask(5);
      expect(failed?.attempts.map(({ outcome }) => outcome)).toEqual(["failed", "failed"]);
      expect(failed?.task.reason?.message).toBe("The process ended with 3.");
      expect(failed?.spec.command).toMatchObject({ kind: "argv" });
      expect((await store.view.getTask(4))?.artifacts).toMatchObject([{ path: "out/model.bin", size: 7 }]);
      expect((await store.view.listSources()).sources.map(({ id }) => id)).toEqual(["src-1"]);
      expect((await store.view.listProjects()).map(({ project }) => project.id).sort()).toEqual([
        "demo-a1b2c",
        "src-1",
      ]);
      expect((await store.view.listWorkers()).workers.map(({ worker }) => worker)).toMatchObject([
        { id: "w1", number: 1, kind: "tributary", draining: false, prefetch: 0 },
      ]);
      expect(await store.transact((tx: Tx) => tx.workers.nextNumber(), undefined)).toBeGreaterThan(1);
      expect((await store.view.listSecrets()).secrets).toMatchObject([
        { key: "token", version: 1, createdBy: "local", updatedAt: 1_000 },
      ]);
      await checkFormerSecret(store, vault);
      // What was referred to before objects were counted is known now.
      expect((await store.view.countStorage()).objects).toEqual({ count: 2, bytes: 12 });
      const claimed = await store.transact((tx: Tx) => tx.tasks.claim({ free: { cpu: 9_000 }, limit: 9 }), undefined);
      expect(claimed.map(({ id }) => id)).toEqual([1]);
      const [next] = await store.transact((tx: Tx) => tx.tasks.nextIds(1), undefined);
      expect(next).toBeGreaterThanOrEqual(6);
    } finally {
      await store.close();
    }
  }

  /** A value of then opens, and does so under another master key too; in another's place it does not. */
  async function checkFormerSecret(store: Store, vault: SecretVault) {
    const secret = (await store.view.listSecrets()).secrets[0]!;
    const name = { secretId: secret.id, version: secret.version };
    const [kept] = await store.transact((tx: Tx, which: typeof name) => tx.secrets.versions([which]), name);
    expect(await vault.open(ownerOf(name), kept!.sealed!)).toBe("value of the token");
    const both = [9, 7].map((byte) => Buffer.alloc(32, byte).toString("base64")).join(" ");
    const rotated = await fileSecretVault({ file: "/nonexistent", masterKey: both });
    const [next = ""] = await rotated.keys();
    const sealed = await rotated.rewrap(next, ownerOf(name), kept!.sealed!);
    expect(await rotated.open(ownerOf(name), sealed)).toBe("value of the token");
    await expect(vault.open(ownerOf({ ...name, secretId: "former/other" }), kept!.sealed!)).rejects.toThrow();
  }

  it("opens under the newest tables, with everything that was in it", async () => {
    expect(tablesOf()).toEqual([newest[0]]);
    await checkAll();
    expect(tablesOf()).toEqual(newest);
    await checkAll();
  });

  it("goes on after a server that was killed in the midst of any migration", async () => {
    for (const { number } of migrations.slice(1)) {
      const migrating = spawn(process.execPath, [child, file, String(number)], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      await killWhenReached(migrating);
      // What came before is there, and nothing of the step that was under way.
      expect(tablesOf()).toEqual(newest.slice(0, number - 1));
    }
    await checkAll();
    expect(tablesOf()).toEqual(newest);
    // A process for each migration, however many there are and whatever else the machine does.
  }, 120_000);
});

/** Kills it when it says that it is in the midst. */
async function killWhenReached(migrating: ChildProcess): Promise<void> {
  const ended = once(migrating, "exit");
  await Promise.race([once(migrating.stdout!, "data"), ended]);
  migrating.kill("SIGKILL");
  expect(await ended).toEqual([null, "SIGKILL"]);
}
