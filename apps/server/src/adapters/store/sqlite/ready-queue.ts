import type { ClaimAsk } from "#core/ports/tx.ts";
import type { QueuedKinds, QueuedKindsAsk } from "#core/tasks/queued-kind.ts";
import type { Demand, Dialect, TaskId } from "#core/tasks/task.ts";
import { demandOf } from "../kysely/task-row.ts";
import { SortedIds } from "./sorted-ids.ts";

/** A queued task in its place. */
export interface Queued {
  readonly dialect: Dialect;
  /** As text, the same for the same demand. */
  readonly demand: string;
  readonly at: number;
  readonly id: TaskId;
}

/** A claim may need tasks that have not been loaded yet: ask again when all have. */
export class QueueNotLoadedError extends Error {
  override readonly name = "QueueNotLoadedError";
}

/** Queued tasks of one dialect with the same demand. */
interface Bucket {
  readonly dialect: Dialect;
  readonly demand: string;
  readonly amounts: readonly (readonly [name: string, amount: number])[];
  readonly ids: SortedIds;
}

/**
 * The queued tasks, in memory. A claim looks only at the head of each kind of task, however many wait behind it.
 *
 * Every change can be undone until {@link keep}, so that the queue goes back with the unit of work that changed it.
 */
export class ReadyQueue {
  readonly #buckets = new Map<string, Bucket>();
  /** Where the last task was added: the next one is mostly of the same kind. */
  #last: Bucket | undefined;
  /** The last place that was loaded from the table; later ones are not in memory yet. Unset when all are loaded. */
  loadedTo: Pick<Queued, "at" | "id"> | undefined;
  readonly #undo: (Queued & { readonly added: boolean })[] = [];

  /** Adds a task of the table, without a way back. */
  load(task: Queued): void {
    this.#bucket(task).ids.add(task.at, task.id);
  }

  add(task: Queued): void {
    // It will be loaded from the table in its turn.
    if (this.loadedTo && compare(task, this.loadedTo) > 0) return;
    this.load(task);
    this.#undo.push({ ...task, added: true });
  }

  delete(task: Queued): void {
    if (this.#remove(task)) this.#undo.push({ ...task, added: false });
  }

  /**
   * Takes the oldest tasks that fit together into what is free out of the queue.
   *
   * @throws QueueNotLoadedError when there might be more of them in the table
   */
  take({ free, limit, dialects, demanding }: ClaimAsk): Queued[] {
    const left: Record<string, number> = { ...free };
    const candidates = [...this.#buckets.values()]
      .filter((bucket) => (dialects === undefined || dialects.includes(bucket.dialect)) && fits(bucket, left))
      .filter(({ amounts }) => demanding === undefined || amounts.some(([name]) => name === demanding))
      .sort((a, b) => compareHeads(b, a));
    const taken: Queued[] = [];
    while (taken.length < limit) {
      const bucket = candidates.pop();
      if (bucket === undefined) {
        if (this.loadedTo) throw new QueueNotLoadedError("the queue is still being loaded");
        break;
      }
      if (!fits(bucket, left)) continue;
      for (const [name, amount] of bucket.amounts) left[name]! -= amount;
      taken.push(this.#takeHead(bucket));
      if (bucket.ids.size > 0) insertByHead(candidates, bucket);
    }
    return taken;
  }

  /** What there is, kind by kind; while some of it has not been loaded yet, at least that. */
  kinds({ limit }: QueuedKindsAsk): Omit<QueuedKinds, "position"> {
    const more = this.loadedTo !== undefined;
    const all = [...this.#buckets.values()].sort(
      (a, b) => b.ids.size - a.ids.size || a.ids.firstId() - b.ids.firstId(),
    );
    const kinds = all.slice(0, limit).map(({ dialect, demand, ids }) => {
      return { dialect, demand: demandOf(demand), count: ids.size, more, firstTaskId: ids.firstId() };
    });
    return { kinds, more: more || all.length > limit };
  }

  /** What {@link rollback} goes back to. */
  mark(): number {
    return this.#undo.length;
  }

  rollback(mark: number): void {
    while (this.#undo.length > mark) {
      const change = this.#undo.pop()!;
      if (change.added) this.#remove(change);
      else this.load(change);
    }
  }

  keep(): void {
    this.#undo.length = 0;
  }

  #takeHead(bucket: Bucket): Queued {
    const { dialect, demand, ids } = bucket;
    const task = { dialect, demand, at: ids.firstTime(), id: ids.firstId() };
    ids.deleteFirst();
    if (ids.size === 0) this.#drop(bucket);
    this.#undo.push({ ...task, added: false });
    return task;
  }

  #remove(task: Queued): boolean {
    const bucket = this.#buckets.get(bucketKey(task));
    if (bucket === undefined || !bucket.ids.delete(task.at, task.id)) return false;
    if (bucket.ids.size === 0) this.#drop(bucket);
    return true;
  }

  #bucket({ dialect, demand }: Queued): Bucket {
    if (this.#last?.dialect === dialect && this.#last.demand === demand) return this.#last;
    const key = bucketKey({ dialect, demand });
    let bucket = this.#buckets.get(key);
    if (bucket === undefined) {
      bucket = { dialect, demand, amounts: amountsOf(demandOf(demand)), ids: new SortedIds() };
      this.#buckets.set(key, bucket);
    }
    this.#last = bucket;
    return bucket;
  }

  /** A bucket that has become empty goes. */
  #drop(bucket: Bucket): void {
    this.#buckets.delete(bucketKey(bucket));
    if (this.#last === bucket) this.#last = undefined;
  }
}

const bucketKey = ({ dialect, demand }: Pick<Queued, "dialect" | "demand">) => `${dialect} ${demand}`;

/** What a demand asks for; nothing of something is no demand for it. */
function amountsOf(demand: Demand): [string, number][] {
  return Object.entries(demand).filter(([, amount]) => amount > 0);
}

function fits({ amounts }: Bucket, free: Demand): boolean {
  return amounts.every(([name, amount]) => Object.hasOwn(free, name) && amount <= free[name]!);
}

function compare(a: Pick<Queued, "at" | "id">, b: Pick<Queued, "at" | "id">): number {
  return a.at - b.at || a.id - b.id;
}

function compareHeads(a: Bucket, b: Bucket): number {
  return a.ids.firstTime() - b.ids.firstTime() || a.ids.firstId() - b.ids.firstId();
}

/** Keeps the bucket with the oldest head last. */
function insertByHead(candidates: Bucket[], bucket: Bucket): void {
  let low = 0;
  let high = candidates.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareHeads(candidates[middle]!, bucket) > 0) low = middle + 1;
    else high = middle;
  }
  candidates.splice(low, 0, bucket);
}
