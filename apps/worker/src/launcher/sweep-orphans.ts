import { killAll } from "./kill-all.ts";
import { type MainProcess, MemberSearch } from "./member-search.ts";
import { readStartTime, send } from "./processes.ts";
import { readScope } from "./scope.ts";

/** Which attempts to sweep. */
export interface Orphans {
  /** The folder of the launcher that started them. */
  readonly folder: string;
  /** Attempts that no launcher knows any more. */
  readonly attempts: readonly MainProcess[];
  /** Between TERM and KILL; 1 unless told otherwise. */
  readonly graceSeconds?: number;
}

/**
 * Kills whatever attempts left when their launcher died, and returns when it is gone. Only then may they be reported
 * lost and tried again. `left` counts the processes that could not be killed: they belong to another user or hang in
 * the kernel.
 */
export async function sweepOrphans({ folder, attempts, graceSeconds = 1 }: Orphans): Promise<{ left: number }> {
  if (attempts.length === 0) return { left: 0 };
  const scope = await readScope(folder);
  const search = new MemberSearch(attempts, scope);
  const findMembers = async () => (await search.find()).map(({ pid }) => pid);
  const find = process.platform === "linux" ? findMembers : findGroups(attempts);
  return { left: await killAll(find, graceSeconds * 1000) };
}

/** Where processes cannot be listed: the groups whose leader was still the attempt's when this began. */
function findGroups(attempts: readonly MainProcess[]): () => Promise<number[]> {
  const own = attempts.filter(({ pid, startTime }) => readStartTime(pid) === startTime);
  return async () => own.map(({ pid }) => -pid).filter((group) => send(group, 0));
}
