import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { TaskService } from "@tributary/proto/tributary/v1/tasks_pb";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ScitqStub, ScitqWorker } from "#test/scitq-worker.ts";
import { ServerProcess } from "#test/server-process.ts";

const patient = { timeout: 60_000, interval: 200 };
/** The worker of the server's own machine is to have no part in it. */
const environment = { TRIBUTARY_LOCAL_TASKQUEUE: "never" };

let folder: string;
let server: ServerProcess;
const ending: (() => unknown)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tributary-scitq-"));
  server = await ServerProcess.start({ environment });
});
afterEach(async () => {
  for (const end of ending.splice(0)) await end();
  await server.destroy();
  await rm(folder, { recursive: true, force: true });
});

it("a server that is killed under scitq's workers loses no task, no output that it has, and runs none twice at a time", {
  timeout: 180_000,
}, async () => {
  const port = Number(new URL(server.url).port);
  const stub = new ScitqStub(port);
  ending.push(() => stub.close());
  const ran = join(folder, "ran");
  const submitted = await Promise.all(
    Array.from({ length: 24 }, (_, n) =>
      stub.submit(`echo begin ${n}; sleep 0.${(n % 5) + 2}; echo ${n} >> ${ran}; echo end ${n}`),
    ),
  );
  const workers: ScitqWorker[] = [];
  const start = async (name: string) => {
    const worker = await ScitqWorker.start(port, { name, concurrency: 3 });
    workers.push(worker);
    ending.push(() => worker.stop());
  };
  await Promise.all(["a", "b"].map(start));
  const letters = async () => (await stub.list()).map(({ status }) => status).join("");
  // In the middle: some have ended, some run, some wait.
  await vi.waitFor(async () => expect(await letters()).toMatch(/S.*[CR].*P/), patient);
  const acknowledged = (await stub.list("S")).map(({ task_id }) => task_id);
  await server.kill();
  server = await ServerProcess.start({
    dataFolder: server.dataFolder,
    environment: { ...environment, TRIBUTARY_PORT: String(port) },
  });
  // The workers just go on asking, as what they had is theirs.
  await vi.waitFor(async () => expect(await letters()).toMatch(/^[SC]+P*$/), patient);
  for (const { stub: own, workerId } of workers) {
    // Its client waits a while before it connects again, and refuses calls until then.
    await vi.waitFor(async () => expect((await own.ping(workerId)).concurrency).toBe(3), patient);
  }
  // What they told while nobody listened they never tell again: for that they have to begin anew.
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
  await Promise.all(["a", "b"].map(start));
  await vi.waitFor(async () => expect(await letters()).toMatch(/^S+$/), patient);
  expect((await stub.list("S")).map(({ task_id }) => task_id)).toEqual(submitted.toSorted((a, b) => a - b));
  const times = (await readFile(ran, "utf8")).trim().split("\n");
  // All ran; what was acknowledged did so once.
  expect(new Set(times).size).toBe(24);
  for (const [n, id] of submitted.entries()) {
    if (acknowledged.includes(id)) expect(times.filter((line) => line === `${n}`)).toHaveLength(1);
    const lines = (await stub.output(id)).map(({ log_text }) => log_text);
    // One that ran through all this may have written its last words to a stream that was cut: its worker opens no other.
    const isCut = lines.length === 1 && !acknowledged.includes(id);
    expect(lines.slice(-2)).toEqual([`begin ${n}`, ...(isCut ? [] : [`end ${n}`])]);
  }
  // They kept their numbers.
  expect(workers.map(({ workerId }) => workerId).toSorted()).toEqual(
    (await stub.workers()).flatMap(({ worker_id, name }) => (["a", "b"].includes(name) ? [worker_id] : [])),
  );
});

it("an end that is told while the server is away holds a slot until the task is cancelled, and never runs twice", {
  timeout: 180_000,
}, async () => {
  const port = Number(new URL(server.url).port);
  const stub = new ScitqStub(port);
  ending.push(() => stub.close());
  const released = Promise.withResolvers<void>();
  const run = async () => released.promise.then(() => 0);
  const worker = await ScitqWorker.start(port, { name: "alone", concurrency: 1, run });
  ending.push(() => worker.stop());
  const [untold, next] = [await stub.submit("one"), await stub.submit("two")];
  await vi.waitFor(async () => expect(await stub.letter(untold)).toBe("C"), patient);
  await server.kill();
  released.resolve();
  server = await ServerProcess.start({
    dataFolder: server.dataFolder,
    environment: { ...environment, TRIBUTARY_PORT: String(port) },
  });
  const tasks = createClient(TaskService, createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" }));
  await vi.waitFor(async () => {
    const { task, checks } = await tasks.getTask({ id: next });
    expect(task?.reason?.code).toBe("busy");
    expect(checks[0]?.hint).toContain("cancel");
    expect((await tasks.getTask({ id: untold })).task?.reason?.code).toBe("end-untold");
  }, patient);
  expect(await stub.letter(next)).toBe("P");
  expect(worker.ran).toEqual([untold]);
  expect(await stub.status(untold, "X")).toBe(true);
  await vi.waitFor(async () => expect(await stub.letter(next)).toBe("S"), patient);
  expect(await stub.letter(untold)).toBe("X");
  expect(worker.ran).toEqual([untold, next]);
});

it("the worker of the machine takes TaskQueue's tasks while no worker of scitq's is there, and when the last has gone", {
  timeout: 120_000,
}, async () => {
  await server.end();
  server = await ServerProcess.start({
    dataFolder: server.dataFolder,
    environment: { TRIBUTARY_TASKQUEUE_OFFLINE_SECONDS: "10", TRIBUTARY_SLOTS: "2" },
  });
  const stub = new ScitqStub(Number(new URL(server.url).port));
  ending.push(() => stub.close());
  const first = await stub.submit("echo by the machine");
  await vi.waitFor(async () => expect(await stub.letter(first)).toBe("S"), patient);
  const { worker_id } = await stub.register("alone", 1);
  const second = await stub.submit("echo left alone");
  // As long as it lives, and asks for nothing.
  for (let n = 0; n < 5; n += 1) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await stub.letter(second)).toBe("P");
  }
  expect((await stub.ping(worker_id)).tasks.map(({ task_id }) => task_id)).toEqual([second]);
  await vi.waitFor(async () => expect(await stub.letter(second)).toBe("S"), patient);
  expect((await stub.output(second)).map(({ log_text }) => log_text)).toEqual(["left alone"]);
});
