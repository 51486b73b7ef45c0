import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sqliteStore } from "../../apps/server/src/adapters/store/sqlite/index.ts";
import { queueTasks } from "../../apps/server/src/core/tasks/submit-task.ts";
import { plainTask } from "../workloads/drain-in-core.ts";

/** More memory than any machine has: only a worker that lies about itself takes these tasks. */
export const hugeMemory = 2 ** 50;

/** A data folder with a million queued tasks. */
export interface Million {
  readonly dataFolder: string;
  readonly count: number;
  remove(): Promise<void>;
}

export async function makeMillion(count: number): Promise<Million> {
  const dataFolder = await mkdtemp(join(tmpdir(), "tributary-million-"));
  const store = await sqliteStore({ file: join(dataFolder, "tributary.db") });
  const demand = { memory: hugeMemory };
  for (let from = 0; from < count; from += 1_000) {
    const asks = Array.from({ length: 1_000 }, (_, n) => ({ ...plainTask(`task ${from + n}`), demand }));
    await store.transact(queueTasks, { asks, now: Date.now() });
  }
  await store.close();
  return { dataFolder, count, remove: () => rm(dataFolder, { recursive: true, force: true }) };
}
