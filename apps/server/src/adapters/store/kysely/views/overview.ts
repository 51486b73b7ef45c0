import { type Kysely, type RawBuilder, sql } from "kysely";
import type { Overview, ReasonCount } from "#core/ports/view.ts";
import { type Dialect, dialects, type TaskId, type TaskState, taskStates } from "#core/tasks/task.ts";
import type { Schema } from "../schema.ts";
import { taskColumns, taskOf } from "../task-row.ts";
import type { Snapshot } from "./snapshot.ts";
import { inStates, openStates } from "./states.ts";
import { inProjects } from "./task-filter.ts";

const mostRunning = 10;
const mostEnded = 500;
/** Reasons told, those of most tasks first. */
const mostReasons = 100;

/** The counts come from indexes alone; only tasks that are named are read. */
export async function overview(
  { db, position }: Snapshot,
  since: number,
  projectNames?: readonly string[],
): Promise<Overview> {
  const origin = { db, projectNames };
  const oldestQueuedAt = await oldest(origin, "queued_at", "queued");
  const oldestWaitingAt = await oldest(origin, "created_at", "waiting");
  return {
    states: await countStates(origin, since),
    dialects: await countDialects(origin, since),
    failures: await reasonCounts(origin, "ended_at", sql`state = 'failed' and ended_at >= ${since}`),
    waits: await reasonCounts(origin, "queued_at", sql`${blocked} and state = 'waiting'`),
    running: await running(origin),
    ended: await endedSince(origin, since),
    ...(oldestQueuedAt !== null && { oldestQueuedAt }),
    ...(oldestWaitingAt !== null && { oldestWaitingAt }),
    position,
  };
}

/** As the index of them says it. Of queued ones it is why they were tried before; why they wait now is nowhere kept. */
const blocked = sql`state in ('waiting', 'queued') and reason_code is not null`;

/** Where tasks are counted: all, or those of some projects. */
interface Origin {
  readonly db: Kysely<Schema>;
  readonly projectNames: readonly string[] | undefined;
}

function tasksOf({ db, projectNames }: Origin) {
  const tasks = db.selectFrom("tasks");
  return projectNames === undefined ? tasks : tasks.where(inProjects(projectNames));
}

async function countStates(origin: Origin, since: number): Promise<Record<TaskState, number>> {
  const ended = await countEach(origin, taskStates, "state", sql`ended_at >= ${since}`);
  for (const state of openStates) ended[state] += await count(origin, inStates([state]));
  return ended;
}

async function countDialects(origin: Origin, since: number): Promise<Record<Dialect, number>> {
  const created = await countEach(origin, dialects, "dialect", sql`created_at >= ${since}`);
  const open = await countEach(origin, dialects, "dialect", sql`${inStates(openStates)} and created_at < ${since}`);
  for (const dialect of dialects) created[dialect] += open[dialect];
  return created;
}

async function count(origin: Origin, condition: RawBuilder<boolean>): Promise<number> {
  const row = await tasksOf(origin)
    .select(({ fn }) => fn.countAll<number>().as("count"))
    .where(condition)
    .executeTakeFirstOrThrow();
  return row.count;
}

/** How many tasks that meet a condition have each value, in one pass without grouping, which would take five times as long. */
async function countEach<V extends string>(
  origin: Origin,
  values: readonly V[],
  column: "state" | "dialect",
  condition: RawBuilder<boolean>,
): Promise<Record<V, number>> {
  const row = await tasksOf(origin)
    .select(values.map((value) => sql<number>`count(*) filter (where ${sql.ref(column)} = ${value})`.as(value)))
    .where(condition)
    .executeTakeFirstOrThrow();
  return row as Record<V, number>;
}

type ReasonTime = "ended_at" | "queued_at";

/** Tasks that meet a condition, by what they give as their reason. */
async function reasonCounts(
  origin: Origin,
  time: ReasonTime,
  condition: RawBuilder<boolean>,
): Promise<readonly ReasonCount[]> {
  const at = sql<number>`coalesce(${sql.ref(time)}, created_at)`;
  const code = sql<string>`coalesce(reason_code, 'unknown')`;
  const message = sql<string>`coalesce(reason_message, 'No reason was given.')`;
  const matching = tasksOf(origin)
    .select([
      "id",
      "project_name",
      code.as("code"),
      message.as("message"),
      at.as("at"),
      sql<number>`row_number() over (partition by ${code}, ${message} order by ${at} desc, id desc)`.as("place"),
    ])
    .where(condition);
  const rows = await origin.db
    .selectFrom(matching.as("matching"))
    .select(({ fn }) => [
      "code",
      "message",
      "project_name",
      fn.countAll<number>().as("count"),
      fn.max("at").as("last_at"),
      sql<number | null>`max(case when place = 1 then id end)`.as("last_id"),
    ])
    .groupBy(["code", "message", "project_name"])
    .orderBy("project_name")
    .execute();
  return mergeProjects(rows);
}

interface ProjectReason {
  readonly code: string;
  readonly message: string;
  readonly project_name: string;
  readonly count: number;
  readonly last_at: number;
  readonly last_id: TaskId | null;
}

function mergeProjects(rows: readonly ProjectReason[]): readonly ReasonCount[] {
  const reasons = new Map<string, ReasonCount>();
  for (const { code, message, project_name, count, last_at, last_id } of rows) {
    const key = JSON.stringify([code, message]);
    const known = reasons.get(key);
    reasons.set(key, {
      code,
      message,
      count: count + (known?.count ?? 0),
      projectNames: [...(known?.projectNames ?? []), ...(project_name === "" ? [] : [project_name])],
      lastAt: Math.max(last_at, known?.lastAt ?? last_at),
      lastTaskId: last_id ?? known?.lastTaskId ?? 0,
    });
  }
  return [...reasons.values()].sort((a, b) => b.count - a.count || b.lastAt - a.lastAt).slice(0, mostReasons);
}

async function running(origin: Origin) {
  const rows = await tasksOf(origin)
    .select(taskColumns)
    .where(inStates(["active"]))
    .orderBy(sql`started_at is null`)
    .orderBy("started_at")
    .orderBy("id")
    .limit(mostRunning)
    .execute();
  return rows.map(taskOf);
}

async function endedSince(origin: Origin, since: number) {
  const rows = await tasksOf(origin)
    .select(taskColumns)
    .where("ended_at", ">=", since)
    .orderBy("ended_at", "desc")
    .orderBy("id", "desc")
    .limit(mostEnded)
    .execute();
  return rows.map(taskOf);
}

async function oldest(origin: Origin, column: "queued_at" | "created_at", state: TaskState) {
  const { time } = await tasksOf(origin)
    .select(({ fn }) => fn.min<number | null>(column).as("time"))
    .where(inStates([state]))
    .executeTakeFirstOrThrow();
  return time;
}
