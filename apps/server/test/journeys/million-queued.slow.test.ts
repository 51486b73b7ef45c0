import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import { afterAll, beforeAll, expect, it } from "vitest";
import { sqliteStore } from "#adapters/store/sqlite/index.ts";
import { type QueueTask, queueTasks } from "#core/tasks/submit-task.ts";
import { ScitqStub, type WireTask } from "#test/scitq-worker.ts";
import { ServerProcess } from "#test/server-process.ts";

const all = 1_000_000;
const held = 30_000;

/** Long enough that all of them do not go into a message. */
const commandOf = (n: number) => `echo ${n} ${"x".repeat(60)}`;

let folder: string;
let server: ServerProcess;
let stub: ScitqStub;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tributary-million-"));
  const store = await sqliteStore({ file: join(folder, "tributary.db") });
  for (let from = 0; from < all; from += 1_000) {
    const asks = Array.from({ length: 1_000 }, (_, n) => taskOf(from + n));
    await store.transact(queueTasks, { asks, now: 1_000 + from });
  }
  await store.close();
  server = await ServerProcess.start({ dataFolder: folder, environment: { TRIBUTARY_LOCAL_TASKQUEUE: "never" } });
  stub = new ScitqStub(Number(new URL(server.url).port));
}, 300_000);

afterAll(async () => {
  stub.close();
  await server.endWithWorker();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

function taskOf(n: number): QueueTask {
  return {
    dialect: "taskqueue",
    projectId: "",
    projectName: "",
    title: `task ${n}`,
    creator: "local",
    demand: {},
    ...(n < held ? { heldBack: { code: "held", message: "Held back" } } : {}),
    spec: {
      inputs: { kind: "none" },
      environment: { kind: "none" },
      command: { kind: "shell", script: commandOf(n) },
      variables: [],
      secrets: [],
      resources: {},
      grace: 10_000,
      outputs: { saveChangedFiles: false, paths: [] },
      userRetries: 0,
      systemRetries: 3,
    },
  };
}

const list = (request: object) => stub.unary<{ tasks: readonly WireTask[] }>("ListTasks", request, 60_000);

it("among a million, those of a letter are listed whole, by id", { timeout: 120_000 }, async () => {
  const { tasks } = await list({ status_filter: "W" });
  expect(tasks.length).toBe(held);
  expect(tasks.every(({ task_id, command }, n) => task_id === n + 1 && command === commandOf(n))).toBe(true);
});

it("more than a message holds is refused, with the filter and the service that pages", {
  timeout: 120_000,
}, async () => {
  for (const request of [{}, { status_filter: "P" }]) {
    await expect(list(request)).rejects.toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      details: expect.stringMatching(/status_filter.*tributary\.v1/),
    });
  }
});

it("others are served meanwhile, and a worker is given the oldest", { timeout: 120_000 }, async () => {
  const listing = list({}).catch(() => undefined);
  const { worker_id } = await stub.unary<{ worker_id: number }>(
    "RegisterWorker",
    { name: "one", concurrency: 2 },
    30_000,
  );
  const { tasks } = await stub.unary<{ tasks: readonly WireTask[] }>("PingAndTakeNewTasks", { worker_id }, 30_000);
  expect(tasks.map(({ task_id }) => task_id)).toEqual([held + 1, held + 2]);
  const { workers } = await stub.unary<{ workers: readonly { name: string; concurrency: number }[] }>(
    "ListWorkers",
    {},
  );
  expect(workers).toContainEqual(expect.objectContaining({ name: "one", concurrency: 2 }));
  await listing;
});
