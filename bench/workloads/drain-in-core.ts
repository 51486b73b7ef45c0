import { join } from "node:path";
import { sqliteStore } from "../../apps/server/src/adapters/store/sqlite/index.ts";
import { leaseAttempts } from "../../apps/server/src/core/dispatch/lease-attempts.ts";
import { registerWorker } from "../../apps/server/src/core/dispatch/register-worker.ts";
import { reportAttempts } from "../../apps/server/src/core/dispatch/report-attempts.ts";
import { queueTasks } from "../../apps/server/src/core/tasks/submit-task.ts";
import { openInProcess } from "../../apps/server/test/in-process.ts";

import { withTemporaryFolder } from "../harness/temporary-folder.ts";

const worker = { id: "w", name: "w", capacity: {}, labels: {}, version: "1", held: [] };
const batch = 500;

/** What is asked for: a shell command of 300 characters. */
export function plainTask(title: string) {
  return {
    dialect: "taskqueue" as const,
    projectId: "",
    projectName: "",
    title,
    creator: "bench",
    demand: {},
    spec: {
      inputs: { kind: "none" as const },
      environment: { kind: "none" as const },
      command: { kind: "shell" as const, script: "x".repeat(300) },
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

/** Leases and ends queued tasks in batches, one after another; answers tasks a second. */
export async function drainInCore(tasks: number, keep?: (databaseFile: string) => Promise<void>): Promise<number> {
  return withTemporaryFolder((folder) => drainIn(join(folder, "tributary.db"), tasks, keep));
}

async function drainIn(file: string, tasks: number, keep?: (databaseFile: string) => Promise<void>): Promise<number> {
  // One of its own, as what tests are given does not wait for the disk.
  const store = await sqliteStore({ file });
  const server = await openInProcess({ store });
  try {
    const { ports } = server;
    for (let from = 0; from < tasks; from += 1_000) {
      const asks = Array.from({ length: Math.min(1_000, tasks - from) }, (_, n) => plainTask(`task ${from + n}`));
      await ports.store.transact(queueTasks, { asks, now: Date.now() });
    }
    await registerWorker(ports, { ...worker, slots: 2 * batch });
    const started = performance.now();
    let ended = 0;
    // Two batches are under way, as with a worker that has enough to do.
    const work = async () => {
      for (;;) {
        const { assignments: given } = await leaseAttempts(ports, worker.id);
        if (given.length === 0) return;
        const reports = given.map(({ attempt }) => ({
          ref: attempt,
          sequence: 1,
          phase: "ended" as const,
          at: Date.now(),
          end: { outcome: "succeeded" as const, exitCode: 0 },
        }));
        await reportAttempts(ports, { workerId: worker.id, reports });
        ended += given.length;
      }
    };
    await Promise.all([work(), work()]);
    const rate = ended / ((performance.now() - started) / 1_000);
    if (ended !== tasks) throw new Error(`${ended} of ${tasks} tasks ended`);
    await keep?.(file);
    return rate;
  } finally {
    await server.close();
    await store.close();
  }
}
