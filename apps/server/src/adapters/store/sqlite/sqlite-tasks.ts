import type { ClaimAsk, TaskReplacement, Tx } from "#core/ports/tx.ts";
import type { Task, TaskId } from "#core/tasks/task.ts";
import type { TaskRow } from "../kysely/schema.ts";
import { changedTaskRow, taskOf, taskRow } from "../kysely/task-row.ts";
import { TxTasks } from "../kysely/tx/tasks.ts";
import type { Queued } from "./ready-queue.ts";
import type { SqliteUnit } from "./sqlite-unit.ts";

/** Tasks in a unit of work, with the queue kept in step. */
export class SqliteTasks extends TxTasks {
  readonly #unit: SqliteUnit;
  /** Tasks that this unit was given, in their place; undefined once they are not queued any more. */
  #taken: Map<TaskId, Queued | undefined> | undefined;

  constructor(unit: SqliteUnit) {
    super(unit);
    this.#unit = unit;
  }

  override async insert(tasks: Parameters<Tx["tasks"]["insert"]>[0]): Promise<void> {
    const rows = tasks.map(({ task, requestId }) => taskRow(task, requestId ?? null));
    await this.insertRows(tasks, rows);
    for (const row of rows) {
      const queued = queuedOf(row);
      if (queued) this.#unit.queue.add(queued);
    }
  }

  override async replace(changes: readonly TaskReplacement[]): Promise<readonly TaskId[]> {
    const rows = changes.map(({ task }) => changedTaskRow(task));
    const before = await this.#placesOf(changes);
    const replaced = await this.replaceRows(changes, rows);
    const ids = new Set(replaced);
    for (const row of rows) {
      if (ids.delete(row.id)) this.#move(row, before.get(row.id));
    }
    return replaced;
  }

  async claim(ask: ClaimAsk): Promise<readonly Task[]> {
    const taken = this.#unit.takeQueued(ask);
    this.#taken ??= new Map();
    for (const task of taken) this.#taken.set(task.id, task);
    const rows = await this.#unit.getMany(
      "tasks",
      taken.map(({ id }) => [id]),
    );
    return rows.map(taskOf);
  }

  /** Puts back what was claimed and is queued still. */
  finish(): void {
    if (this.#taken === undefined) return;
    for (const task of this.#taken.values()) {
      if (task) this.#unit.queue.add(task);
    }
  }

  /** Places in the queue of tasks that are to leave it, but for those that were claimed: they have left it already. */
  async #placesOf(changes: readonly TaskReplacement[]): Promise<ReadonlyMap<TaskId, Queued>> {
    const leaving = changes.filter(({ task, ifState }) => ifState === "queued" && !this.#taken?.has(task.id));
    const rows = await this.#unit.getMany(
      "tasks",
      leaving.map(({ task }) => [task.id]),
    );
    return new Map(rows.flatMap((row) => (row.state === "queued" ? [[row.id, placeOf(row)]] : [])));
  }

  #move(row: TaskRow, before: Queued | undefined): void {
    const queued = queuedOf(row);
    if (this.#taken?.has(row.id)) {
      this.#taken.set(row.id, queued);
      return;
    }
    if (before) this.#unit.queue.delete(before);
    if (queued) this.#unit.queue.add(queued);
  }
}

type Place = Pick<TaskRow, "id" | "dialect" | "demand" | "queued_at" | "created_at">;

export function placeOf(row: Place): Queued {
  return { dialect: row.dialect, demand: row.demand, at: row.queued_at ?? row.created_at, id: row.id };
}

function queuedOf(row: TaskRow): Queued | undefined {
  return row.state === "queued" ? placeOf(row) : undefined;
}
