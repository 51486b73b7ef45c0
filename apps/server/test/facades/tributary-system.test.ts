import { chmod, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { Code, createClient } from "@connectrpc/connect";
import { CheckStatus, SystemService } from "@tributary/proto/tributary/v1/system_pb";
import { expect, it } from "vitest";
import { checkNames } from "#core/checks/run-checks.ts";
import { keepObject } from "#core/objects/keep-object.ts";
import type { Tx } from "#core/ports/tx.ts";
import { openInProcess, worker } from "#test/in-process.ts";
import { chunked } from "../conformance/object-store.ts";
import { openTestStore } from "../conformance/open-test-store.ts";
import { addTasks, sampleSource, sampleTask } from "../conformance/store-samples.ts";
import { FailingStore } from "../faults/failing-store.ts";
import { refusal, rpc, server } from "./suite.ts";

const system = () => createClient(SystemService, server.transport());
const asWorker = () => createClient(SystemService, server.transport(worker));

rpc("tributary.v1.SystemService.GetStorage", () => {
  it("tells what is kept, how much, and until when", async () => {
    await addTasks(server.ports.store, [sampleTask(1, { createdAt: 5_000 })]);
    await keepObject(server.ports, chunked(Buffer.alloc(1_000)), 1_000);
    await server.ports.logs.append({ taskId: 1, number: 1 }, 0, [
      { stream: "stdout", at: 1, bytes: Buffer.from("line\n") },
    ]);
    const before = await system().getStorage({});
    expect(before.lastSweep).toBeUndefined();
    expect(before.kinds.map(({ kind }) => kind)).toEqual(["tasks", "logs", "journal", "objects"]);
    expect(before).toMatchObject({
      objectsPlace: join(server.folder, "objects"),
      sweepInterval: { seconds: 3_600n },
    });
    expect(before.databaseBytes).toBeGreaterThan(10_000n);
    expect(before.diskBytes).toBeGreaterThan(before.diskFreeBytes);
    await system().sweepNow({});
    const { kinds, lastSweep } = await system().getStorage({});
    const [tasks, logs, journal, objects] = kinds;
    expect(tasks).toMatchObject({
      count: 1n,
      oldestTime: { seconds: 5n },
      maxAge: { seconds: 7_776_000n },
      maxCount: 1_000_000n,
    });
    expect(tasks?.bytes).toBeUndefined();
    expect(logs).toMatchObject({ count: 1n, maxBytes: 50n * 2n ** 30n, countedTime: lastSweep?.endTime });
    expect(logs?.bytes).toBeGreaterThan(4n);
    expect(journal?.removedCount).toBeGreaterThan(0n);
    expect(objects).toMatchObject({ count: 1n, bytes: 1_000n, removedCount: 0n });
  });

  it("is not for workers", async () => {
    expect(await refusal(asWorker().getStorage({}))).toMatchObject({ code: Code.PermissionDenied });
  });
});

rpc("tributary.v1.SystemService.SweepNow", () => {
  it("removes what is old, and tells what", async () => {
    const old = { state: "failed", attempt: 1, endedAt: 1_000 } as const;
    await addTasks(server.ports.store, [sampleTask(1, old), sampleTask(2, old), sampleTask(3)]);
    const { sweep } = await system().sweepNow({});
    expect(sweep).toMatchObject({ problems: [], removed: { tasks: 2n, objects: 0n } });
    expect(await server.ports.store.view.getTasks([1, 2, 3])).toHaveLength(1);
    const { kinds, lastSweep } = await system().getStorage({});
    expect(lastSweep).toEqual(sweep);
    expect(kinds[0]?.removedCount).toBe(2n);
  });

  it("is not for workers", async () => {
    expect(await refusal(asWorker().sweepNow({}))).toMatchObject({ code: Code.PermissionDenied });
  });
});

rpc("tributary.v1.SystemService.CreateBackup", () => {
  it("is refused where the store has tools of its own", async () => {
    await using inner = await openTestStore();
    // passes everything on, and makes no copies
    const other = await openInProcess({ store: new FailingStore(inner.store).store });
    try {
      const call = Array.fromAsync(createClient(SystemService, other.transport()).createBackup({}));
      expect(await refusal(call)).toMatchObject({
        code: Code.Unavailable,
        message: expect.stringContaining("pg_dump"),
      });
    } finally {
      await other.close();
    }
  });
});

rpc("tributary.v1.SystemService.ListBackups", () => {
  it("is not for workers", async () => {
    expect(await refusal(asWorker().listBackups({}))).toMatchObject({ code: Code.PermissionDenied });
  });
});

rpc("tributary.v1.SystemService.RunChecks", () => {
  const found = async () => {
    const { checks } = await system().runChecks({});
    return new Map(checks.map((check) => [check.name, check]));
  };

  it("looks at everything, leaves nothing behind, and says what to do", async () => {
    const objects = () => readdir(join(server.folder, "objects"), { recursive: true, withFileTypes: true });
    const checks = await found();
    expect([...checks.keys()]).toEqual(checkNames);
    const statuses = new Map([...checks].map(([name, { status }]) => [name, status]));
    for (const name of ["store", "store-integrity", "log-store", "object-store", "master-key", "sources"]) {
      expect(statuses.get(name), checks.get(name)?.found).toBe(CheckStatus.OK);
    }
    expect(checks.get("workers")).toMatchObject({ status: CheckStatus.FAIL, found: "no worker is online" });
    expect(checks.get("programs")?.found).toMatch(/^git \d+\./);
    // PostgreSQL's backups are not this server's.
    const isOwn = server.ports.store.backup !== undefined;
    expect(checks.get("backup")?.status).toBe(isOwn ? CheckStatus.WARN : CheckStatus.OK);
    for (const { name, status, advice } of checks.values()) expect(advice === "", name).toBe(status === CheckStatus.OK);
    expect((await objects()).filter((entry) => entry.isFile())).toEqual([]);
    expect((await readdir(server.folder)).filter((name) => name.startsWith(".check"))).toEqual([]);
    expect(await Array.fromAsync(server.ports.logs.list())).toEqual([]);
  });

  it("tells what is not well", async () => {
    await chmod(server.folder, 0o755);
    await rm(join(server.folder, "objects"), { recursive: true });
    const failing = sampleSource("s1", { state: "error", settledState: "error" });
    await server.ports.store.transact((tx: Tx) => tx.sources.insert([failing]), undefined);
    const checks = await found();
    expect(checks.get("data-folder")).toMatchObject({
      status: CheckStatus.WARN,
      advice: expect.stringContaining("chmod 700"),
    });
    expect(checks.get("object-store")).toMatchObject({
      status: CheckStatus.FAIL,
      found: expect.stringMatching(/ENOENT/),
    });
    expect(checks.get("sources")).toMatchObject({ status: CheckStatus.WARN, found: expect.stringContaining("1 of 1") });
    await chmod(server.folder, 0o700);
    expect((await found()).get("data-folder")?.status).toBe(CheckStatus.OK);
  });

  it("is not for workers", async () => {
    expect(await refusal(asWorker().runChecks({}))).toMatchObject({ code: Code.PermissionDenied });
  });
});
