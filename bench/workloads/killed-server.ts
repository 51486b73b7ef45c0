import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { TaskQueue } from "@tributary/proto/taskqueue/taskqueue_pb";
import { TaskService } from "@tributary/proto/tributary/v1/tasks_pb";
import { builtServer } from "../../apps/server/test/built-server.ts";
import { ServerProcess } from "../../apps/server/test/server-process.ts";
import { endWorkerOf } from "../harness/end-worker.ts";
import { freePort } from "../harness/free-port.ts";
import { hugeMemory } from "../harness/million.ts";
import { median } from "../harness/statistics.ts";
import type { Workload } from "../harness/workload.ts";

const times = 5;

interface Outcome {
  /** Seconds from the kill to the first answer, and to the next start of a process. */
  readonly served: number;
  readonly ran: number;
  readonly acknowledged: readonly number[];
}

const longestWait = 30_000;

async function killOnce(server: ServerProcess, environment: Record<string, string>): Promise<[ServerProcess, Outcome]> {
  const tasks = (of: ServerProcess) =>
    createClient(TaskService, createConnectTransport({ baseUrl: of.url, httpVersion: "1.1" }));
  const acknowledged: number[] = [];
  let over = false;
  const submitAll = async () => {
    const transport = createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" });
    const queue = createClient(TaskQueue, transport);
    while (!over) {
      const answer = await queue.submitTask({ command: "true" }).catch(() => undefined);
      if (answer) acknowledged.push(answer.taskId);
    }
  };
  const load = Promise.all(Array.from({ length: 16 }, submitAll));
  await sleep(1_000);
  const killed = performance.now();
  const killedAt = Date.now();
  await server.kill();
  over = true;
  const next = await ServerProcess.start({ ...builtServer, dataFolder: server.dataFolder, environment });
  await tasks(next).getTask({ id: 1 });
  const served = (performance.now() - killed) / 1_000;
  await load;
  const started = await firstStart(join(next.dataFolder, "tributary.db"), killedAt + served * 1_000);
  return [next, { served, ran: (started - killedAt) / 1_000, acknowledged }];
}

/** When the first process was started after a time, both in milliseconds since 1970. */
async function firstStart(file: string, after: number): Promise<number> {
  const database = new DatabaseSync(file, { readOnly: true });
  const find = database.prepare("select min(started_at) as at from attempts where started_at > ?");
  try {
    for (const from = performance.now(); performance.now() - from < longestWait; await sleep(20)) {
      const at = find.get(after)?.at;
      if (at !== null && at !== undefined) return Number(at);
    }
    throw new Error("no task was started after the server had been killed");
  } finally {
    database.close();
  }
}

function countLost(file: string, ids: readonly number[]): number {
  const database = new DatabaseSync(file, { readOnly: true });
  const find = database.prepare("select 1 from tasks where id = ?");
  const lost = ids.filter((id) => find.get(id) === undefined).length;
  database.close();
  return lost;
}

export const killedServer: Workload = {
  name: "W7",
  about: "kill -9 to serving again, with a million tasks",
  async run({ say, million }) {
    say("W7: a million tasks");
    const { dataFolder } = await million();
    const port = String(await freePort());
    const environment = { ...builtServer.environment, TRIBUTARY_SLOTS: "2", TRIBUTARY_PORT: port };
    let server = await ServerProcess.start({ ...builtServer, dataFolder, environment });
    const outcomes: Outcome[] = [];
    for (let n = 0; n < times; n++) {
      say(`W7: kill ${n + 1} of ${times}`);
      const [next, outcome] = await killOnce(server, environment);
      server = next;
      outcomes.push(outcome);
    }
    await server.end();
    endWorkerOf(dataFolder);
    const acknowledged = outcomes.flatMap((outcome) => outcome.acknowledged);
    const lost = countLost(join(dataFolder, "tributary.db"), acknowledged);
    if (lost > 0) throw new Error(`${lost} of ${acknowledged.length} acknowledged tasks were lost`);
    const note = `none of ${acknowledged.length} acknowledged submits was lost in ${times} kills; the million tasks ask for ${hugeMemory / 2 ** 40} TiB, so that nobody runs them`;
    return [
      {
        workload: "W7",
        what: "kill -9 to the first answer, with a million tasks",
        value: median(outcomes.map(({ served }) => served)),
        unit: "s",
        bar: 0.6,
        beside: [],
        note,
      },
      {
        workload: "W7",
        what: "kill -9 until the next task's process is started",
        value: median(outcomes.map(({ ran }) => ran)),
        unit: "s",
        beside: [],
      },
    ];
  },
};
