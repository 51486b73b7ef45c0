import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { TaskQueue } from "@tributary/proto/taskqueue/taskqueue_pb";
import { LogService } from "@tributary/proto/tributary/v1/logs_pb";
import { SourceService, SourceState } from "@tributary/proto/tributary/v1/sources_pb";
import { TaskService, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runOn } from "#test/postgres/cluster.ts";
import { ServerProcess } from "#test/server-process.ts";
import { newDatabase, type TestDatabase } from "#test/store-place.ts";

const count = 4;
let database: TestDatabase;
let environment: Record<string, string>;
const servers: ServerProcess[] = [];

const start = (dataFolder?: string) =>
  ServerProcess.start({ environment, ...(dataFolder === undefined ? {} : { dataFolder }) });

beforeAll(async () => {
  const made = await newDatabase();
  if (made === undefined) throw new Error("this run has no PostgreSQL");
  database = made;
  environment = {
    TRIBUTARY_DATABASE_URL: database.url,
    TRIBUTARY_MASTER_KEY: randomBytes(32).toString("base64"),
    TRIBUTARY_SLOTS: "2",
  };
  servers.push(...(await Promise.all(Array.from({ length: count }, () => start()))));
});

afterAll(async () => {
  for (const server of servers) await server.destroy();
  await database.drop();
});

const to = (server: ServerProcess) => createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" });

async function query<R>(text: string): Promise<R[]> {
  return (await runOn(database.url, text)).rows as R[];
}

/** Asks again until there is an answer. */
async function until<R>(seconds: number, ask: () => Promise<R | undefined>): Promise<R> {
  const end = performance.now() + seconds * 1_000;
  while (performance.now() < end) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`nothing came of it within ${seconds} seconds`);
}

async function leader(): Promise<ServerProcess> {
  const [row] = await query<{ value: string }>("select value from settings where name = 'leader'");
  for (const server of servers) {
    if ((await readFile(join(server.dataFolder, "server.id"), "utf8")).trim() === row?.value) return server;
  }
  throw new Error("there is no leader");
}

describe("four servers on one database", () => {
  it("give every task to one worker, and end each once", async () => {
    const total = 2_000;
    const clients = servers.map((server) => createClient(TaskQueue, to(server)));
    const ids: number[] = [];
    const begun = performance.now();
    await Promise.all(
      Array.from({ length: 16 }, async (_, caller) => {
        for (let n = caller; n < total; n += 16) {
          const { taskId } = await clients[n % count]!.submitTask({ command: "true" });
          ids.push(taskId);
        }
      }),
    );
    const submitted = performance.now();
    expect(new Set(ids).size).toBe(total);
    await until(200, async () => {
      const [row] = await query<{ n: string }>("select count(*) as n from tasks where state = 'succeeded'");
      return Number(row?.n) === total || undefined;
    });
    const ended = performance.now();
    const journal = await query<{ kind: string; id: string; n: string }>(
      `select entry::json->>'kind' as kind, entry::json->>'taskId' as id, count(*) as n from journal
       where entry::json->>'kind' in ('attempt-assigned', 'attempt-ended', 'task-ended') group by 1, 2`,
    );
    for (const kind of ["attempt-assigned", "attempt-ended", "task-ended"]) {
      const rows = journal.filter((row) => row.kind === kind);
      expect(rows).toHaveLength(total);
      expect(rows.filter(({ n }) => n !== "1")).toEqual([]);
    }
    const workers = await query<{ worker_id: string; n: string }>(
      "select worker_id, count(*) as n from attempts group by worker_id",
    );
    expect(workers).toHaveLength(count);
    console.log(
      `submitted ${Math.round((total / (submitted - begun)) * 1e3)}/s, ran ${Math.round((total / (ended - begun)) * 1e3)}/s;`,
      workers.map(({ n }) => n).join(" "),
    );
  }, 300_000);

  it("tell where a log is that another server has", async () => {
    const { taskId } = await createClient(TaskQueue, to(servers[0]!)).submitTask({ command: "echo here" });
    await until(60, async () => {
      const { task } = await createClient(TaskService, to(servers[1]!)).getTask({ id: taskId });
      return task?.state === TaskState.SUCCEEDED || undefined;
    });
    const read = (server: ServerProcess) => createClient(LogService, to(server)).readLogLines({ taskId });
    const answers = await Promise.allSettled(servers.map(read));
    const read1 = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
    expect(read1.flatMap(({ lines }) => lines.map(({ text }) => text))).toContain("here");
    expect(read1).toHaveLength(1);
    const place = servers[answers.findIndex(({ status }) => status === "fulfilled")]!.url;
    for (const answer of answers) {
      if (answer.status === "rejected")
        expect(String(answer.reason)).toContain(`[unavailable] The log of task ${taskId}`);
      if (answer.status === "rejected") expect(String(answer.reason)).toContain(place);
    }
  }, 90_000);

  it("find another leader when theirs is killed, and take over its workers", async () => {
    const old = await leader();
    // Long tasks in all slots: some are on the machine of the one that is killed.
    const client = createClient(TaskQueue, to(old));
    const long = await Promise.all(
      Array.from({ length: count * 2 }, () => client.submitTask({ command: "sleep 600" })),
    );
    const active = () =>
      query<{ worker_id: string; n: string }>(
        "select worker_id, count(*) as n from attempts where phase = 'running' group by worker_id",
      );
    await until(60, async () => ((await active()).length === count ? true : undefined));
    await old.kill();
    const next = await until(40, async () => {
      const found = await leader();
      return found === old ? undefined : found;
    });
    const sources = createClient(SourceService, to(next));
    const { source } = await sources.createSource({ settings: { repository: "example:churn" } });
    await until(60, async () => {
      const { sources: all } = await sources.listSources({});
      return all.find(({ id, state }) => id === source!.id && state === SourceState.SYNCHRONIZED);
    });
    // Its worker is silent for a whole lease, then what it had is tried again elsewhere.
    const lost = await until(90, async () => {
      const rows = await query<{ id: string }>("select task_id as id from attempts where outcome = 'lost'");
      return rows.length > 0 ? rows : undefined;
    });
    expect(lost.length).toBe(2);
    const tasks = createClient(TaskService, to(next));
    await Promise.all(long.map(({ taskId }) => tasks.cancelTask({ id: taskId })));
    // It comes back, and is told that it has lost what it had.
    servers[servers.indexOf(old)] = await start(old.dataFolder);
    await until(60, async () => {
      const [row] = await query<{ n: string }>(
        "select count(*) as n from tasks where state <> 'succeeded' and ended_at is null",
      );
      return Number(row?.n) === 0 || undefined;
    });
    expect(await leader()).toBe(next);
  }, 300_000);
});
