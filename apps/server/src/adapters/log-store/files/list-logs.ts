import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { StoredLog } from "#core/logs/log.ts";
import { unlessMissing } from "./log-folder.ts";

/** All logs in the store's folder, with what their files take and when the newest was written to. */
export async function* listLogs(folder: string): AsyncIterable<StoredLog> {
  for (const group of await readdir(folder)) {
    for (const name of (await unlessMissing(readdir(join(folder, group)))) ?? []) {
      // A log of the layout before chunks is two files; it gets its folder when it is first used.
      const [, taskId, former] = /^(\d+)(\.index)?$/.exec(name) ?? [];
      if (taskId === undefined) continue;
      const path = join(folder, group, taskId);
      const size = await sizeOfFiles(former ? [`${path}.index`, `${path}.log`] : await filesIn(path));
      if (size) yield { taskId: Number(taskId), ...size };
    }
  }
}

async function filesIn(path: string): Promise<readonly string[]> {
  return ((await unlessMissing(readdir(path))) ?? []).map((name) => join(path, name));
}

async function sizeOfFiles(paths: readonly string[]): Promise<Pick<StoredLog, "bytes" | "at"> | undefined> {
  const found = await Promise.all(paths.map((path) => unlessMissing(stat(path))));
  const stats = found.filter((each) => each !== undefined);
  if (stats.length === 0) return undefined;
  return {
    bytes: stats.reduce((sum, { size }) => sum + size, 0),
    at: Math.max(...stats.map(({ mtimeMs }) => mtimeMs)),
  };
}
