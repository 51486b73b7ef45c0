import type { StoredLog } from "#core/logs/log.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { Task, TaskId } from "#core/tasks/task.ts";
import { isTerminal } from "#core/tasks/transitions.ts";

/** Logs whose tasks are looked up in one unit. */
const lookedUpAtOnce = 200;
/** Logs that are remembered as the oldest: so many can go in one sweep because there are too many bytes. */
const mostOldest = 10_000;

function readTasks(tx: Tx, ids: readonly TaskId[]): Promise<ReadonlyMap<TaskId, Task>> {
  return tx.tasks.getMany(ids);
}

export interface LogsSwept {
  readonly removed: number;
  readonly count: number;
  readonly bytes: number;
  readonly oldestAt?: number;
}

/**
 * Removes logs without a task, logs of ended tasks that were last written to before a time, and the oldest of ended tasks
 * until all together are not larger than they may be.
 */
export async function sweepLogs(
  { store, logs }: Pick<Ports, "store" | "logs">,
  { writtenBefore, most }: { readonly writtenBefore: number; readonly most: number },
  signal: AbortSignal,
): Promise<LogsSwept> {
  const kept = new KeptLogs();
  let removed = 0;
  for await (const some of batches(logs.list(), lookedUpAtOnce)) {
    signal.throwIfAborted();
    const tasks = await store.transact(
      readTasks,
      some.map(({ taskId }) => taskId),
    );
    for (const log of some) {
      const task = tasks.get(log.taskId);
      const hasEnded = task === undefined || isTerminal(task.state);
      if (task === undefined || (hasEnded && log.at < writtenBefore)) {
        await logs.remove(log.taskId);
        removed += 1;
      } else kept.add(log, hasEnded);
    }
  }
  for (const log of kept.oldest()) {
    if (kept.bytes <= most) break;
    signal.throwIfAborted();
    await logs.remove(log.taskId);
    kept.drop(log);
    removed += 1;
  }
  const { count, bytes, oldestAt } = kept;
  return { removed, count, bytes, ...(oldestAt !== undefined && { oldestAt }) };
}

/** Counts logs and remembers the oldest that may be removed. */
class KeptLogs {
  count = 0;
  bytes = 0;
  #ended: StoredLog[] = [];
  #oldestOfOthers: number | undefined;
  readonly #dropped = new Set<TaskId>();

  add(log: StoredLog, hasEnded: boolean): void {
    this.count += 1;
    this.bytes += log.bytes;
    if (!hasEnded) {
      this.#oldestOfOthers = Math.min(log.at, this.#oldestOfOthers ?? log.at);
      return;
    }
    this.#ended.push(log);
    if (this.#ended.length > 2 * mostOldest) this.#ended = this.oldest();
  }

  drop({ taskId, bytes }: StoredLog): void {
    this.count -= 1;
    this.bytes -= bytes;
    this.#dropped.add(taskId);
  }

  oldest(): StoredLog[] {
    return this.#ended.sort((a, b) => a.at - b.at).slice(0, mostOldest);
  }

  get oldestAt(): number | undefined {
    const first = this.oldest().find(({ taskId }) => !this.#dropped.has(taskId));
    const times = [first?.at, this.#oldestOfOthers].filter((at) => at !== undefined);
    return times.length === 0 ? undefined : Math.min(...times);
  }
}

async function* batches<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<readonly T[]> {
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
