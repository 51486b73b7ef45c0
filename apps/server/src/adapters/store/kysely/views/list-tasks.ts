import { type Expression, type SqlBool, sql } from "kysely";
import type { Cursor } from "#core/page.ts";
import type { TaskFilter, TaskOrder, TaskPage, TaskPageAsk } from "#core/ports/store.ts";
import type { Task } from "#core/tasks/task.ts";
import { searchText, type TaskColumns, taskColumns, taskOf } from "../task-row.ts";
import type { Snapshot } from "./snapshot.ts";
import { inStates, openStates } from "./states.ts";
import { filterConditions } from "./task-filter.ts";

/** Beyond this a list says only that there are more. */
const mostCounted = 10_000;

/** The sort value of a task that has not ended, in a list by the end: after all that have. */
const notEnded = -1;

interface Order {
  readonly column: "created_at" | "ended_at" | "search";
  readonly direction: "asc" | "desc";
  readonly valueOf: (task: Task) => string | number;
}

const created = ({ createdAt }: Task) => createdAt;
const searched = ({ title, name }: Task) => searchText(title, name);

const orders: Readonly<Record<TaskOrder, Order>> = {
  "created-desc": { column: "created_at", direction: "desc", valueOf: created },
  "created-asc": { column: "created_at", direction: "asc", valueOf: created },
  "ended-desc": { column: "ended_at", direction: "desc", valueOf: ({ endedAt }) => endedAt ?? notEnded },
  "title-asc": { column: "search", direction: "asc", valueOf: searched },
  "title-desc": { column: "search", direction: "desc", valueOf: searched },
};

/** A page of tasks, from a place in the order: no page costs more than another. */
export async function listTasks(snapshot: Snapshot, ask: TaskPageAsk): Promise<TaskPage> {
  const rows = await readRows(snapshot, ask);
  const tasks = rows.slice(0, ask.limit).map(taskOf);
  const last = tasks.at(-1);
  const total = await countTasks(snapshot, ask.filter);
  return {
    tasks,
    ...(rows.length > ask.limit && last && { next: { value: orders[ask.order].valueOf(last), id: last.id } }),
    total: Math.min(total, mostCounted),
    totalIsMinimum: total > mostCounted,
    position: snapshot.position,
  };
}

async function readRows(snapshot: Snapshot, ask: TaskPageAsk): Promise<TaskColumns[]> {
  if (ask.order !== "ended-desc") return readOrdered(snapshot, ask, orders[ask.order], ask.after);
  const inEnded = ask.after === undefined || ask.after.value !== notEnded;
  const ended = inEnded ? await readOrdered(snapshot, ask, orders[ask.order], ask.after) : [];
  if (ended.length > ask.limit) return ended;
  const others = await readUnended(snapshot, ask, ask.limit - ended.length, inEnded ? undefined : ask.after);
  return [...ended, ...others];
}

/** One row more than the page has, where there is one. */
async function readOrdered(
  { db }: Snapshot,
  { filter, limit }: TaskPageAsk,
  { column, direction }: Order,
  after: Cursor | undefined,
): Promise<TaskColumns[]> {
  const past = sql.raw(direction === "desc" ? "<" : ">");
  const part = (state: Expression<SqlBool> | undefined) =>
    db
      .selectFrom("tasks")
      .select(taskColumns)
      .where((eb) => eb.and(filterConditions(eb, filter)))
      .$if(state !== undefined, (query) => query.where(state!))
      .$if(column === "ended_at", (query) => query.where("ended_at", "is not", null))
      .$if(after !== undefined, (query) =>
        query.where(sql<boolean>`(${sql.ref(column)}, id) ${past} (${after?.value}, ${after?.id})`),
      )
      .orderBy(column, direction)
      .orderBy("id", direction)
      .limit(limit + 1);
  const { states } = filter;
  if (states === undefined) return part(undefined).execute();
  // By creation, every state has its own order at hand, and merging those is cheaper than sorting all that match.
  if (column !== "created_at" || states.length < 2) return part(inStates(states)).execute();
  const [first, ...others] = states.map((state) => db.selectFrom(part(inStates([state])).as("part")).selectAll());
  const merged = others.reduce((union, other) => union.unionAll(other), first!);
  return db
    .selectFrom(merged.as("merged"))
    .selectAll()
    .orderBy(column, direction)
    .orderBy("id", direction)
    .limit(limit + 1)
    .execute();
}

/** Tasks without an end, newest first. */
async function readUnended(
  { db }: Snapshot,
  { filter }: TaskPageAsk,
  limit: number,
  after: Cursor | undefined,
): Promise<TaskColumns[]> {
  const open = filter.states?.filter((state) => openStates.includes(state)) ?? openStates;
  return db
    .selectFrom("tasks")
    .select(taskColumns)
    .where((eb) => eb.and(filterConditions(eb, filter)))
    .where(inStates(open))
    .where("ended_at", "is", null)
    .$if(after !== undefined, (query) => query.where("id", "<", after!.id))
    .orderBy("id", "desc")
    .limit(limit + 1)
    .execute();
}

/** Counts to one more than {@link mostCounted}. */
async function countTasks({ db }: Snapshot, filter: TaskFilter): Promise<number> {
  const matches = db
    .selectFrom("tasks")
    .select(sql.lit(1).as("one"))
    .where((eb) => eb.and(filterConditions(eb, filter)))
    .$if(filter.states !== undefined, (query) => query.where(inStates(filter.states!)))
    .limit(mostCounted + 1);
  const { count } = await db
    .selectFrom(matches.as("matches"))
    .select(({ fn }) => fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  return count;
}
