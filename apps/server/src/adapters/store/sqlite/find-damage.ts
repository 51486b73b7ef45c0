import { once } from "node:events";
import { Worker } from "node:worker_threads";

/** Has a thread of its own look through a database; answers what is damaged, at most a few lines. */
export async function findDamage(file: string): Promise<readonly string[]> {
  const worker = new Worker(new URL("./damage-finder.ts", import.meta.url), { workerData: file, execArgv: [] });
  try {
    const [lines] = (await once(worker, "message")) as [readonly string[]];
    return lines.filter((line) => line !== "ok");
  } finally {
    await worker.terminate();
  }
}
