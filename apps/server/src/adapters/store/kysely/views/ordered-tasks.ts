import { type Expression, type RawBuilder, type SqlBool, sql } from "kysely";
import type { TaskOrder, TaskPageAsk } from "#core/ports/view.ts";
import type { Task, TaskState } from "#core/tasks/task.ts";
import type { TaskFilter } from "#core/tasks/task-filter.ts";
import { lowerCase, type TaskColumns, taskColumns } from "../task-row.ts";
import { type PlacedAsk, readCompiled } from "./page-queries.ts";
import type { Snapshot } from "./snapshot.ts";
import { openStates } from "./states.ts";
import { asksForEnd, type Driver, filterConditions, unindexed } from "./task-filter.ts";

/** Put before the creation of a task without an end, so that it sorts after all ends, and the newest first. */
const beforeAllEnds = -9_000_000_000_000_000;

/** An order by one value, and by id where it is the same. */
interface Order {
  readonly direction: "asc" | "desc";
  /** By its index. */
  readonly indexed: RawBuilder<unknown>;
  /** The same value, by sorting. */
  readonly sorted: RawBuilder<unknown>;
  readonly valueOf: (task: Task) => string | number;
}

const created = {
  indexed: sql.ref("created_at"),
  sorted: sql`created_at + 0`,
  valueOf: (task: Task) => task.createdAt,
};
const title = {
  indexed: sql.ref("sort_title"),
  sorted: unindexed("sort_title"),
  valueOf: (task: Task) => lowerCase(task.title),
};

const orders: Readonly<Record<TaskOrder, Order>> = {
  "created-desc": { ...created, direction: "desc" },
  "created-asc": { ...created, direction: "asc" },
  "ended-desc": {
    indexed: sql.ref("ended_at"),
    sorted: sql`coalesce(ended_at, created_at + ${sql.lit(beforeAllEnds)})`,
    valueOf: ({ endedAt, createdAt }) => endedAt ?? createdAt + beforeAllEnds,
    direction: "desc",
  },
  "title-asc": { ...title, direction: "asc" },
  "title-desc": { ...title, direction: "desc" },
};

/** Where a task is in an order. */
export function cursorValue(task: Task, order: TaskOrder): string | number {
  return orders[order].valueOf(task);
}

/** A page, and one row more where there is one, by sorting all that match. */
export function readFew(snapshot: Snapshot, ask: TaskPageAsk, driver: Driver): Promise<TaskColumns[]> {
  return readCompiled(snapshot, ["few", driver], ask, ({ filter, order, limit, after }) => {
    const { sorted, direction } = orders[order];
    return select(snapshot, filterConditions(filter, driver), sorted, direction, limit, after);
  });
}

/** The same, by walking an index that has the order. */
export async function readMany(snapshot: Snapshot, ask: TaskPageAsk, driver: Driver): Promise<TaskColumns[]> {
  if (ask.order === "ended-desc") return readByEnd(snapshot, ask);
  return readCompiled(snapshot, ["many", driver], ask, ({ filter, order, limit, after }) => {
    const { indexed, direction } = orders[order];
    if (order === "title-asc" || order === "title-desc") {
      return select(snapshot, conditionsByOrder(filter), indexed, direction, limit, after);
    }
    if (driver === "labels") return selectLabelled(snapshot, filter, { direction, limit, after });
    if (driver === "states" || (driver === "ended" && filter.states)) {
      return selectStates(snapshot, { filter, order, limit, after }, filter.states ?? []);
    }
    const conditions = filterConditions(filter, driver === "project" ? "project" : "none");
    return select(snapshot, conditions, indexed, direction, limit, after);
  });
}

/** Those that have ended, then those that have not, which have an order of their own. */
async function readByEnd(snapshot: Snapshot, ask: TaskPageAsk): Promise<TaskColumns[]> {
  const { filter, limit, after } = ask;
  const isEnded = after === undefined || Number(after.value) >= 0;
  const ended = isEnded
    ? await readCompiled(snapshot, ["ended"], ask, (place) => {
        const conditions = filterConditions(filter, "ended");
        return select(snapshot, conditions, orders[ask.order].indexed, "desc", limit, place.after);
      })
    : [];
  if (ended.length > limit || asksForEnd(filter)) return ended;
  const place = isEnded ? undefined : { value: Number(after.value) - beforeAllEnds, id: after.id };
  const open = filter.states?.filter((state) => openStates.includes(state)) ?? openStates;
  const rest: TaskPageAsk = {
    filter,
    order: "created-desc",
    limit: limit - ended.length,
    ...(place && { after: place }),
  };
  return ended.concat(await readCompiled(snapshot, ["open"], rest, (asked) => selectStates(snapshot, asked, open)));
}

/** The conditions of a filter on what the index of an order finds. */
function conditionsByOrder(filter: TaskFilter): Expression<SqlBool>[] {
  return filterConditions(withoutRange(filter), "none").concat(rangeConditions(filter));
}

/** By creation, merged from the states, each of which has that order at hand. */
function selectStates(snapshot: Snapshot, ask: PlacedAsk, states: readonly TaskState[]) {
  const { filter, order, limit, after } = ask;
  const { indexed, direction } = orders[order];
  const parts = states.map((state) => {
    const conditions = filterConditions({ ...filter, states: [state] }, "states");
    const part = select(snapshot, conditions, indexed, direction, limit, after);
    return snapshot.db.selectFrom(part.as("part")).selectAll();
  });
  const [first, ...others] = parts;
  if (first === undefined) return undefined;
  const merged = others.reduce((union, other) => union.unionAll(other), first);
  return snapshot.db
    .selectFrom(merged.as("merged"))
    .selectAll()
    .orderBy("created_at", direction)
    .orderBy("id", direction)
    .limit(limit + 1);
}

/** By creation, walking what has the first label in that order. */
function selectLabelled(
  { db }: Snapshot,
  { labels: [label, ...labels] = [], ...filter }: TaskFilter,
  { direction, limit, after }: { readonly direction: "asc" | "desc" } & Pick<PlacedAsk, "limit" | "after">,
) {
  const past = sql.raw(direction === "desc" ? "<" : ">");
  const conditions = conditionsByOrder({ ...filter, labels });
  return db
    .selectFrom("task_labels")
    .crossJoin("tasks")
    .select(taskColumns)
    .where(sql<boolean>`label = ${label}`)
    .where(sql<boolean>`tasks.id = task_labels.task_id`)
    .where((eb) => eb.and(conditions))
    .$if(after !== undefined, (query) =>
      query.where(sql<boolean>`(labelled_at, task_id) ${past} (${after?.value}, ${after?.id})`),
    )
    .orderBy("labelled_at", direction)
    .orderBy("task_id", direction)
    .limit(limit + 1);
}

function select(
  { db }: Snapshot,
  conditions: Expression<SqlBool>[],
  value: RawBuilder<unknown>,
  direction: "asc" | "desc",
  limit: number,
  after: PlacedAsk["after"],
) {
  const past = sql.raw(direction === "desc" ? "<" : ">");
  return db
    .selectFrom("tasks")
    .select(taskColumns)
    .where((eb) => eb.and(conditions))
    .$if(after !== undefined, (query) =>
      query.where(sql<boolean>`(${value}, id) ${past} (${after?.value}, ${after?.id})`),
    )
    .orderBy(value, direction)
    .orderBy("id", direction)
    .limit(limit + 1);
}

function withoutRange({ createdAfter: _, createdBefore: __, ...filter }: TaskFilter): TaskFilter {
  return filter;
}

/** The range of creation, checked on what another index finds. */
function rangeConditions({ createdAfter, createdBefore }: TaskFilter): Expression<SqlBool>[] {
  const conditions: Expression<SqlBool>[] = [];
  if (createdAfter !== undefined) conditions.push(sql<boolean>`created_at + 0 > ${createdAfter}`);
  if (createdBefore !== undefined) conditions.push(sql<boolean>`created_at + 0 < ${createdBefore}`);
  return conditions;
}
