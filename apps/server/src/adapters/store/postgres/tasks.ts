import type { ClaimAsk } from "#core/ports/tx.ts";
import type { Task, TaskId } from "#core/tasks/task.ts";
import { queuedKinds } from "../kysely/queued-kinds.ts";
import { type TaskColumns, taskColumns, taskOf } from "../kysely/task-row.ts";
import { TxTasks } from "../kysely/tx/tasks.ts";
import { Picking, type QueuedRow } from "./picking.ts";
import type { PostgresUnit } from "./unit.ts";

/** Looked at beyond what is wanted before the kinds of tasks are. */
const moreThanWanted = 50;

const queued = "state = 'queued' and ($1::text[] is null or dialect = any($1)) and id <> all($2::bigint[])";

const oldest = `select id, queued_at, dialect, demand from tasks where ${queued} order by queued_at, id limit $3`;

const kinds = `
  with recursive ${queuedKinds}
  select dialect, demand from kinds where $1::text[] is null or dialect = any($1)`;

/** The oldest of some kinds after a place in the queue. */
const oldestOfKinds = `
  select head.* from unnest($4::text[], $5::text[]) as kind (dialect, demand) cross join lateral (
    select id, queued_at, tasks.dialect, tasks.demand from tasks
    where ${queued} and tasks.dialect = kind.dialect and tasks.demand = kind.demand and (queued_at, id) > ($6, $7)
    order by queued_at, id limit $3) as head
  order by head.queued_at, head.id`;

/**
 * By their ids, not by an index of queued tasks. Nobody else writes meanwhile; should a hand-made transaction hold one of
 * them, it is passed by, not waited for.
 */
const take = `
  select ${taskColumns.map((column) => `"${column}"`)} from tasks
  where id = any($1::bigint[]) and state || '' = 'queued' for update skip locked`;

/** Tasks in a unit of work; the queue is searched in the database. */
export class PostgresTasks extends TxTasks {
  readonly #unit: PostgresUnit;
  readonly #given = new Set<TaskId>();

  constructor(unit: PostgresUnit) {
    super(unit);
    this.#unit = unit;
  }

  async claim(ask: ClaimAsk): Promise<readonly Task[]> {
    const picking = new Picking(ask);
    const conditions = [ask.dialects ?? null, [...this.#given]] as const;
    const wanted = ask.limit + moreThanWanted;
    // What only some tasks are, or demand, is not found among the oldest.
    const isChoosy = ask.demanding !== undefined || ask.dialects !== undefined;
    const rows = isChoosy ? [] : (await this.#unit.read<QueuedRow>(oldest, [...conditions, wanted])).rows;
    picking.pick(rows);
    const last = rows.at(-1);
    if (isChoosy || (!picking.full && rows.length === wanted && last !== undefined)) {
      // Most of the queue does not fit: look at the head of each kind that does.
      const fitting = (await this.#unit.read<QueuedRow>(kinds, [conditions[0]])).rows.filter((row) =>
        picking.fits(row),
      );
      if (fitting.length === 0) return this.#taken(picking);
      const heads = await this.#unit.read<QueuedRow>(oldestOfKinds, [
        ...conditions,
        picking.wanted,
        fitting.map(({ dialect }) => dialect),
        fitting.map(({ demand }) => demand),
        last?.queued_at ?? 0,
        last?.id ?? 0,
      ]);
      picking.pick(heads.rows);
    }
    return this.#taken(picking);
  }

  async #taken(picking: Picking): Promise<readonly Task[]> {
    if (picking.ids.length === 0) return [];
    const { rows: taken } = await this.#unit.write<TaskColumns>(take, [picking.ids]);
    const tasks = new Map(taken.map((row) => [row.id, taskOf(row)]));
    for (const id of tasks.keys()) this.#given.add(id);
    return picking.ids.flatMap((id) => tasks.get(id) ?? []);
  }
}
