import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { keepObject } from "#core/objects/keep-object.ts";
import type { Tx } from "#core/ports/tx.ts";
import { type Retention, usualRetention } from "#core/retention/retention.ts";
import { sweep } from "#core/retention/sweep.ts";
import { lastSweeps } from "#core/retention/sweep-result.ts";
import type { Task } from "#core/tasks/task.ts";
import { chunked } from "../conformance/object-store.ts";
import { addTasks, sampleSource, sampleTask } from "../conformance/store-samples.ts";
import { type InProcess, openInProcess } from "../in-process.ts";
import { manualClock } from "../manual-clock.ts";

const day = 86_400_000;

describe("a sweep", () => {
  let server: InProcess;
  const clock = manualClock(Date.now());
  const never = new AbortController().signal;
  afterEach(() => server.close());

  async function open(changes: Partial<Retention> = {}) {
    server = await openInProcess({ clock, retention: { ...usualRetention, ...changes } });
    return server.ports;
  }

  const ended = (id: number, ago: number): Task =>
    sampleTask(id, { state: "succeeded", attempt: 1, createdAt: clock.now() - ago, endedAt: clock.now() - ago });
  const writeLog = (id: number, text: string) =>
    server.ports.logs.append({ taskId: id, number: 1 }, 0, [
      { stream: "stdout", at: clock.now(), bytes: Buffer.from(text) },
    ]);
  const taskIds = async (ids: readonly number[]) => (await server.ports.store.view.getTasks(ids)).map(({ id }) => id);
  const logIds = async () => {
    const ids: number[] = [];
    for await (const { taskId } of server.ports.logs.list()) ids.push(taskId);
    return ids.sort((a, b) => a - b);
  };

  it("removes tasks that ended long ago with their logs and what they alone refer to, and says so", async () => {
    const ports = await open();
    await addTasks(ports.store, [ended(1, 100 * day), ended(2, 10 * day), sampleTask(3, { createdAt: 1 })]);
    for (const id of [1, 2, 3]) await writeLog(id, `log of ${id}\n`);
    const keep = (text: string) => keepObject(ports, chunked(Buffer.from(text)), 100);
    const [own, shared] = [await keep("own"), await keep("shared")];
    const artifact = (taskId: number, hash: string) => ({ taskId, attempt: 1, path: hash, size: 1, hash });
    await ports.store.transact(
      (tx: Tx) => tx.artifacts.put([artifact(1, own.hash), artifact(1, shared.hash), artifact(2, shared.hash)]),
      undefined,
    );
    clock.advance(2 * day);
    const result = await sweep(ports, never);
    expect(result).toMatchObject({
      removed: { tasks: 1, logs: 0, objects: 1, mirrors: 0 },
      logs: { count: 2 },
      problems: [],
    });
    expect(await taskIds([1, 2, 3])).toEqual([2, 3]);
    expect(await logIds()).toEqual([2, 3]);
    expect(await ports.objects.has(own.hash)).toBe(false);
    expect(await ports.objects.has(shared.hash)).toBe(true);
    await sweep(ports, never);
    expect((await lastSweeps(ports))?.removedInAll).toMatchObject({ tasks: 1, objects: 1 });
    expect((await lastSweeps(ports))?.last.removed.tasks).toBe(0);
  });

  it("keeps so many ended tasks, and every task that has not ended", async () => {
    const ports = await open({ tasks: { age: Number.POSITIVE_INFINITY, count: 3 } });
    const open_ = Array.from({ length: 5 }, (_, n) => sampleTask(n + 1, { createdAt: 1, queuedAt: 1 }));
    // more than one unit's worth
    const all = Array.from({ length: 130 }, (_, n) => ended(n + 10, 1_000 * day - n));
    await addTasks(ports.store, [...open_, ...all]);
    expect((await sweep(ports, never)).removed.tasks).toBe(127);
    expect(await taskIds([...open_, ...all].map(({ id }) => id))).toEqual([1, 2, 3, 4, 5, 137, 138, 139]);
  });

  it("removes logs that nobody has written to for long, those without a task, and the oldest when there are too many bytes", async () => {
    const ports = await open({ logs: { age: 30 * day, bytes: 3_000 } });
    await addTasks(ports.store, [ended(1, day), ended(2, day), ended(3, day), sampleTask(4)]);
    for (const id of [1, 2, 3, 4, 9]) await writeLog(id, "x".repeat(1_500));
    const now = Date.now();
    clock.jump(now - clock.now());
    const first = await sweep(ports, never);
    // 9 has no task; one of 1 to 3 may stay beside that of 4, which has not ended
    expect(first.removed.logs).toBe(4);
    expect(first.logs).toMatchObject({ count: 1 });
    expect(await logIds()).toEqual([4]);
    await writeLog(2, "short");
    clock.advance(31 * day);
    expect((await sweep(ports, never)).removed.logs).toBe(1);
    expect(await logIds()).toEqual([4]);
  });

  it("forgets old journal entries, and those that are too many", async () => {
    const ports = await open({ journal: { age: 10 * day, count: 4 } });
    const append = (count: number) =>
      ports.store.transact(
        (tx: Tx) =>
          tx.journal.append(
            Array.from({ length: count }, () => ({ kind: "worker-changed", workerId: "w", at: clock.now() })),
          ),
        undefined,
      );
    // what opening wrote is as old
    const opening = ports.store.position();
    await append(3);
    clock.advance(11 * day);
    await append(2);
    expect((await sweep(ports, never)).removed.journal).toBe(opening + 3);
    await append(5);
    expect((await sweep(ports, never)).removed.journal).toBe(3);
    expect((await sweep(ports, never)).removed.journal).toBe(0);
    expect((await ports.store.view.countStorage()).journal.count).toBe(4);
  });

  it("removes mirrors of sources that are gone, but not while a task of theirs has yet to run", async () => {
    const ports = await open();
    for (const id of ["here", "gone", "needed"]) {
      await mkdir(join(server.folder, "git", `${id}.git`), { recursive: true });
    }
    await ports.store.transact((tx: Tx) => tx.sources.insert([sampleSource("here")]), undefined);
    await addTasks(ports.store, [sampleTask(1, { projectId: "needed" })]);
    expect((await sweep(ports, never)).removed.mirrors).toBe(1);
    expect([...(await ports.git.list())].sort()).toEqual(["here", "needed"]);
  });

  it("is one at a time, and tells what it could not do", async () => {
    const ports = await open();
    const failing = {
      ...ports,
      git: {
        ...ports.git,
        list: async () => {
          throw new Error("the disk is gone");
        },
      },
    };
    const [first, second] = await Promise.all([sweep(failing, never), sweep(failing, never)]);
    expect(second).toBe(first);
    expect(first.problems).toEqual(["mirrors: the disk is gone"]);
    expect((await sweep(ports, never)).problems).toEqual([]);
  });

  it("ends when it is told to", async () => {
    const ports = await open();
    await addTasks(ports.store, [ended(1, 100 * day)]);
    await expect(sweep(ports, AbortSignal.abort())).rejects.toThrow();
    expect(await taskIds([1])).toEqual([1]);
  });
});
