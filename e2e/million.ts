import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sqliteStore } from "../apps/server/src/adapters/store/sqlite/index.ts";
import type { Labels } from "../apps/server/src/core/tasks/labels.ts";
import { type QueueTask, queueTasks } from "../apps/server/src/core/tasks/submit-task.ts";
import type { ServerProcess } from "../apps/server/test/server-process.ts";

/** A data folder with a million tasks that no machine can run, a thousand for each of the last thousand minutes. */
export interface Million {
  readonly dataFolder: string;
  /** When the first was made; a minute later the next thousand. */
  readonly begin: number;
}

/** More memory than any machine has. */
const demand = { memory: 2 ** 50 };
export const perMinute = 1_000;
/** Of so many tasks one has the label `fold`, and of so many the label `rare`. */
export const every = { fold: 10, rare: 400 } as const;

export async function makeMillion(count: number): Promise<Million> {
  const dataFolder = await mkdtemp(join(tmpdir(), "tributary-million-"));
  const store = await sqliteStore({ file: join(dataFolder, "tributary.db") });
  const minutes = count / perMinute;
  const begin = Math.floor(Date.now() / 60_000) * 60_000 - minutes * 60_000;
  for (let minute = 0; minute < minutes; minute++) {
    const asks = Array.from({ length: perMinute }, (_, n) => taskOf(minute * perMinute + n + 1));
    await store.transact(queueTasks, { asks, now: begin + minute * 60_000 });
  }
  await store.close();
  return { dataFolder, begin };
}

/** Ends a server of it, and its worker; a million tasks that wait are not cancelled one by one. */
export async function removeMillion({ dataFolder }: Million, server: ServerProcess): Promise<void> {
  await server.end();
  const pid = Number.parseInt(await readFile(join(dataFolder, "worker/worker.pid"), "utf8").catch(() => ""), 10);
  if (pid > 1) process.kill(pid, "SIGTERM");
  await rm(dataFolder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}

function taskOf(id: number): QueueTask {
  return {
    dialect: "tributary",
    projectId: "",
    projectName: "",
    title: `crowd ${id}`,
    creator: "local",
    demand,
    labels: labelsOf(id),
    spec: {
      inputs: { kind: "none" },
      environment: { kind: "none" },
      command: { kind: "argv", argv: ["true"] },
      variables: [],
      secrets: [],
      resources: {},
      grace: 1_000,
      outputs: { saveChangedFiles: false, paths: [] },
      userRetries: 0,
      systemRetries: 0,
    },
  };
}

function labelsOf(id: number): Labels {
  return { ...(id % every.fold === 0 && { fold: "yes" }), ...(id % every.rare === 0 && { rare: "yes" }) };
}
