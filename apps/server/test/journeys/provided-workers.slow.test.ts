import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { TaskQueue } from "@tributary/proto/taskqueue/taskqueue_pb";
import { TaskService, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import type { Worker } from "@tributary/proto/tributary/v1/workers_pb";
import { afterEach, describe, expect, it } from "vitest";
import { freePort, giveBack, patience, providedBy, statesBy, untilAll, workersOf } from "#test/provided-workers.ts";
import { ServerProcess } from "#test/server-process.ts";

let server: ServerProcess;

const start = async (more: Readonly<Record<string, string>> = {}) => {
  const environment = { TRIBUTARY_LOCAL_TASKQUEUE: "never", TRIBUTARY_PORT: String(await freePort()), ...more };
  server = await ServerProcess.start({ environment });
  return environment;
};

afterEach(async () => {
  await giveBack(server);
  await server.destroy();
});

const to = () => createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" });
const queue = () => createClient(TaskQueue, to());
const taskOf = async (id: number) => (await createClient(TaskService, to()).getTask({ id })).task;
const running = (id: number) => expect.poll(async () => (await taskOf(id))?.state, patience).toBe(TaskState.ACTIVE);

/** Starts whose own process and worker are there. */
async function workersOnDisk(): Promise<readonly string[]> {
  const folder = join(server.dataFolder, "providers/local");
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => existsSync(join(folder, name, "data/worker.pid")));
}

describe("workers on the server's machine", { timeout: 300_000 }, () => {
  it("run what they are given, finish it when they are deleted, and leave nothing", async () => {
    await start();
    const { workerIds } = await queue().createWorker({ number: 1, concurrency: 2 });
    const gate = join(server.dataFolder, "gate");
    const { taskId } = await queue().submitTask({ command: `while [ ! -e ${gate} ]; do sleep 0.1; done; echo whole` });
    await running(taskId);
    expect(await statesBy(server)).toEqual(["ONLINE"]);
    await queue().deleteWorker({ workerId: workerIds[0]! });
    expect(await statesBy(server)).toEqual(["DRAINING"]);
    // Nothing new goes to it.
    const { taskId: next } = await queue().submitTask({ command: "echo later" });
    await queue().submitTask({ command: `touch ${gate}` });
    await workersOf(server).createWorkers({ count: 1, slots: 1 });
    await expect.poll(async () => (await taskOf(next))?.state, patience).toBe(TaskState.SUCCEEDED);
    await expect.poll(async () => (await taskOf(taskId))?.state, patience).toBe(TaskState.SUCCEEDED);
    expect(await taskOf(taskId)).toMatchObject({ attempt: 1 });
    await expect.poll(() => statesBy(server), patience).toEqual(["STOPPED", "ONLINE"]);
    await giveBack(server);
    expect(await workersOnDisk()).toEqual([]);
  });

  it("give what they run to others when they are ended by force, and end it", async () => {
    await start();
    const { workers } = await workersOf(server).createWorkers({ count: 1, slots: 1 });
    const pids = join(server.dataFolder, "pids");
    const command = `echo $$ >>${pids}; while [ ! -e ${pids}.go ]; do sleep 0.1; done; echo whole`;
    const { taskId } = await queue().submitTask({ command });
    await running(taskId);
    await expect.poll(() => existsSync(pids), patience).toBe(true);
    const [first] = await pidsIn(pids);
    await workersOf(server).deleteWorker({ id: workers[0]!.id, force: true });
    await untilAll(server, "STOPPED");
    await expect.poll(() => lives(first!), patience).toBe(false);
    expect(await taskOf(taskId)).toMatchObject({ state: TaskState.QUEUED });
    await workersOf(server).createWorkers({ count: 1, slots: 2 });
    await running(taskId);
    await queue().submitTask({ command: `touch ${pids}.go` });
    await expect.poll(async () => (await taskOf(taskId))?.state, patience).toBe(TaskState.SUCCEEDED);
    expect((await pidsIn(pids)).length).toBe(2);
  });

  it("are found again by a server that was killed while they start: none twice, none left behind", async () => {
    const environment = await start();
    const { workerIds } = await queue().createWorker({ number: 4, concurrency: 1 });
    await expect
      .poll(() => existsSync(join(server.dataFolder, "providers/local")), { ...patience, interval: 5 })
      .toBe(true);
    await server.kill();
    server = await ServerProcess.start({ dataFolder: server.dataFolder, environment });
    await untilAll(server, "ONLINE");
    expect((await providedBy(server)).map(({ number }) => number)).toEqual(workerIds);
    await expect.poll(async () => (await workersOnDisk()).length, patience).toBe(4);
  });

  it("go on through a restart of a server that takes any port", async () => {
    const environment = await start({ TRIBUTARY_PORT: "0" });
    await queue().createWorker({ number: 1, concurrency: 1 });
    const gate = join(server.dataFolder, "gate");
    const { taskId } = await queue().submitTask({ command: `while [ ! -e ${gate} ]; do sleep 0.1; done; echo whole` });
    await running(taskId);
    const { url } = server;
    await server.kill();
    server = await ServerProcess.start({ dataFolder: server.dataFolder, environment });
    expect(server.url).toBe(url);
    await writeFile(gate, "");
    await expect.poll(async () => (await taskOf(taskId))?.state, patience).toBe(TaskState.SUCCEEDED);
    expect(await taskOf(taskId)).toMatchObject({ attempt: 1 });
    expect((await providedBy(server))[0]?.provided?.failures).toBe(0);
  });

  it("are given back when they have had nothing to do for long enough, and are kept while they have", async () => {
    await start({ TRIBUTARY_PROVIDED_IDLE_SECONDS: "3" });
    const { workers } = await workersOf(server).createWorkers({ count: 2, slots: 1 });
    const { taskId } = await queue().submitTask({ command: "sleep 8; echo whole" });
    await running(taskId);
    const busy = (await taskOf(taskId))?.workerId;
    const idle = workers.find(({ id }) => id !== busy)!;
    const stateOf = async (id: string) => (await workersOf(server).getWorker({ id })).worker?.provided;
    await expect.poll(async () => (await stateOf(idle.id))?.reason, patience).toBe("Idle for 3 s");
    await expect.poll(async () => (await taskOf(taskId))?.state, patience).toBe(TaskState.SUCCEEDED);
    expect(await taskOf(taskId)).toMatchObject({ attempt: 1 });
    await untilAll(server, "STOPPED");
  });

  it("are started again when they are killed, and what they ran runs again", async () => {
    await start();
    await workersOf(server).createWorkers({ count: 1, slots: 1 });
    const pids = join(server.dataFolder, "pids");
    const { taskId } = await queue().submitTask({ command: `echo $$ >>${pids}; exec sleep 600` });
    await running(taskId);
    await expect.poll(() => existsSync(pids), patience).toBe(true);
    const [attempt] = await pidsIn(pids);
    const [name] = await workersOnDisk();
    const folder = join(server.dataFolder, "providers/local", name!);
    // Its shell and the worker at once: nobody is left to clean up.
    for (const file of ["pid", "data/worker.pid"]) process.kill((await pidsIn(join(folder, file)))[0]!, "SIGKILL");
    await expect.poll(() => lives(attempt!), patience).toBe(false);
    await expect.poll(async () => (await pidsIn(pids)).length, patience).toBe(2);
    await untilAll(server, "ONLINE");
    const [{ provided }] = (await providedBy(server)) as [Worker];
    expect(provided).toMatchObject({ failures: 1 });
    expect(provided?.reason).toContain("Started again after it was lost");
    expect((await workersOnDisk()).includes(name!)).toBe(false);
    expect(await taskOf(taskId)).toMatchObject({ attempt: 2 });
    await createClient(TaskService, to()).cancelTask({ id: taskId });
  });
});

async function pidsIn(file: string): Promise<readonly number[]> {
  return (await readFile(file, "utf8")).trim().split("\n").map(Number);
}

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
