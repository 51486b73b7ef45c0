import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sqliteStore } from "#adapters/store/sqlite/index.ts";
import type { Store } from "#core/ports/store.ts";
import { run } from "./store-samples.ts";

interface Acknowledged {
  readonly id: number;
  readonly position: number;
  readonly started?: number;
}

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tributary-store-"));
  file = join(folder, "state.db");
});

afterEach(() => rmSync(folder, { recursive: true }));

function startWriter(): ChildProcess {
  const script = fileURLToPath(new URL("./store-sqlite-writer.ts", import.meta.url));
  return spawn(process.execPath, [script, file], { stdio: ["ignore", "pipe", "inherit"] });
}

/** Lets a writer work until so much is acknowledged, kills it, and answers all that was. */
async function killedAfter(count: number): Promise<Acknowledged[]> {
  const writer = startWriter();
  const ended = once(writer, "exit");
  const acknowledged: Acknowledged[] = [];
  for await (const line of createInterface({ input: writer.stdout! })) {
    // The line that was being written when it died has no end.
    if (line.endsWith("}")) acknowledged.push(JSON.parse(line) as Acknowledged);
    if (acknowledged.length === count) writer.kill("SIGKILL");
  }
  expect(await ended).toEqual([null, "SIGKILL"]);
  return acknowledged;
}

async function checkAll(store: Store, all: readonly Acknowledged[]): Promise<void> {
  const started = new Set(all.flatMap((one) => one.started ?? []));
  const tasks = await run(store, (tx) => tx.tasks.getMany(all.map(({ id }) => id)));
  for (const { id } of all) {
    expect(tasks.get(id), `task ${id}`).toBeDefined();
    if (started.has(id)) expect(tasks.get(id)?.state).toBe("active");
  }
  const end = new AbortController();
  const entries = new Map<number, number>();
  for await (const batch of store.follow(0, end.signal)) {
    for (const entry of batch) {
      expect(entry.position).toBe(entries.size + 1);
      entries.set(entry.position, entry.kind === "task-created" ? entry.taskId : 0);
    }
    if (entries.size === store.position()) end.abort();
  }
  for (const { id, position } of all) expect(entries.get(position)).toBe(id);
}

/** The queue in memory has what the table has. */
async function checkQueue(store: Store, database: DatabaseSync): Promise<void> {
  const rows = database.prepare("select id from tasks where state = 'queued' order by queued_at, id").all();
  const claimed = await run(store, (tx) => tx.tasks.claim({ free: { cpu: 1e12 }, limit: 1e9 }));
  expect(claimed.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
}

test("nothing acknowledged is lost when the process is killed at any moment", { timeout: 120_000 }, async () => {
  const all: Acknowledged[] = [];
  for (let round = 0; round < 10; round += 1) {
    const killed = await killedAfter(1 + Math.floor(Math.random() * 600));
    all.push(...killed);
    const store = await sqliteStore({ file });
    const database = new DatabaseSync(file, { readOnly: true });
    expect(database.prepare("pragma integrity_check").get()).toEqual({ integrity_check: "ok" });
    await checkAll(store, all);
    await checkQueue(store, database);
    database.close();
    await store.close();
  }
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  expect(new Set(all.map(({ position }) => position)).size).toBe(all.length);
});

test("a folder is one server's until that ends, however it ends", { timeout: 60_000 }, async () => {
  const writer = startWriter();
  const ended = once(writer, "exit");
  await once(writer.stdout!, "data");
  await expect(sqliteStore({ file })).rejects.toMatchObject({
    name: "RefusedError",
    refusal: "unavailable",
    message: expect.stringMatching(new RegExp(`process ${writer.pid}\\).*${folder}.*Stop`)),
  });
  writer.stdout!.resume();
  writer.kill("SIGKILL");
  await ended;
  const store = await sqliteStore({ file });
  await expect(sqliteStore({ file })).rejects.toThrow(`process ${process.pid}`);
  await store.close();
  await (await sqliteStore({ file })).close();
});
