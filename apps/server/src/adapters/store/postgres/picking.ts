import type { ClaimAsk } from "#core/ports/tx.ts";
import type { Dialect, TaskId } from "#core/tasks/task.ts";
import { demandOf } from "../kysely/task-row.ts";

/** A queued task in its place. */
export interface QueuedRow {
  readonly id: TaskId;
  readonly queued_at: number;
  readonly dialect: Dialect;
  readonly demand: string;
}

/** Takes tasks, oldest first, while they fit together into what is free. */
export class Picking {
  readonly ids: TaskId[] = [];
  readonly #limit: number;
  readonly #left: Record<string, number>;
  readonly #demanding: string | undefined;

  constructor({ free, limit, demanding }: ClaimAsk) {
    this.#limit = limit;
    this.#demanding = demanding;
    this.#left = { ...free };
  }

  /** How many more are wanted. */
  get wanted(): number {
    return this.#limit - this.ids.length;
  }

  get full(): boolean {
    return this.wanted <= 0;
  }

  /** Whether a task with this demand, as text, still fits; nothing of something is no demand for it. */
  fits({ demand }: Pick<QueuedRow, "demand">): boolean {
    const amounts = amountsOf(demand);
    if (this.#demanding !== undefined && !amounts.some(([name]) => name === this.#demanding)) return false;
    return amounts.every(([name, amount]) => Object.hasOwn(this.#left, name) && amount <= this.#left[name]!);
  }

  pick(rows: readonly QueuedRow[]): void {
    for (const row of rows) {
      if (this.full) return;
      if (!this.fits(row)) continue;
      for (const [name, amount] of amountsOf(row.demand)) this.#left[name]! -= amount;
      this.ids.push(row.id);
    }
  }
}

function amountsOf(demand: string): [string, number][] {
  return Object.entries(demandOf(demand)).filter(([, amount]) => amount > 0);
}
