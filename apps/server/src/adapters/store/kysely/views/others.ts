import { sql } from "kysely";
import { isBelow } from "#core/data-sets/data-set.ts";
import type { KeptDataSet, View } from "#core/ports/view.ts";
import type { Demand } from "#core/tasks/task.ts";
import {
  dataSetOf,
  projectOf,
  providedWorkerOf,
  scheduleOf,
  secretOf,
  sourceOf,
  tickOf,
  workerOf,
} from "../body-rows.ts";
import { demandOf, taskOf } from "../task-row.ts";
import type { Snapshot } from "./snapshot.ts";

type Answer<K extends keyof View> = Awaited<ReturnType<View[K]>>;

export async function listSources({ db, position }: Snapshot): Promise<Answer<"listSources">> {
  const rows = await db.selectFrom("sources").select("body").orderBy("repository").orderBy("id").execute();
  return { sources: rows.map(sourceOf), position };
}

/** The project of every source; of the others the newest of each name. */
export async function listProjects({ db }: Snapshot): Promise<Answer<"listProjects">> {
  const ranked = db
    .selectFrom("projects")
    .select([
      "id",
      sql<number>`row_number() over (partition by name order by created_at desc, id desc)`.as("place"),
      sql<number>`count(*) over (partition by name)`.as("uploads"),
    ])
    .where("source_id", "is", null);
  const uploads = await db
    .selectFrom(ranked.as("ranked"))
    .innerJoin("projects", "projects.id", "ranked.id")
    .select(["projects.name", "projects.id", "projects.body", "ranked.uploads"])
    .where("ranked.place", "=", 1)
    .execute();
  const ofSources = await db
    .selectFrom("projects")
    .select(["name", "id", "body", sql<number>`0`.as("uploads")])
    .where("source_id", "is not", null)
    .execute();
  return [...uploads, ...ofSources]
    .sort((a, b) => compareText(a.name, b.name) || compareText(a.id, b.id))
    .map((row) => ({ project: projectOf(row), uploads: row.uploads }));
}

export async function listSecrets({ db, position }: Snapshot): Promise<Answer<"listSecrets">> {
  const rows = await db.selectFrom("secrets").select("body").orderBy("key").execute();
  return { secrets: rows.map(secretOf), position };
}

export async function listSchedules({ db, position }: Snapshot): Promise<Answer<"listSchedules">> {
  const rows = await db.selectFrom("schedules").select("body").orderBy("id").execute();
  const next = ({ nextAt }: { readonly nextAt?: number }) => nextAt ?? Number.POSITIVE_INFINITY;
  const schedules = rows.map(scheduleOf).sort((a, b) => (next(a) === next(b) ? 0 : next(a) - next(b)));
  return { schedules, position };
}

/** A data set's files are those of its producer's last attempt at or below its path. */
export async function listDataSets({ db, position }: Snapshot): Promise<Answer<"listDataSets">> {
  const rows = await db.selectFrom("data_sets").select("body").orderBy("id").execute();
  const dataSets: KeptDataSet[] = [];
  for (const dataSet of rows.map(dataSetOf)) {
    const task = await db
      .selectFrom("tasks")
      .selectAll()
      .where("id", "=", dataSet.producerId ?? 0)
      .executeTakeFirst();
    const artifacts = task
      ? await db
          .selectFrom("artifacts")
          .select(["path", "size"])
          .where("task_id", "=", task.id)
          .where("attempt", "=", task.attempt)
          .execute()
      : [];
    const own = artifacts.filter(({ path }) => isBelow(path, dataSet.definition.path));
    const bytes = own.reduce((sum, { size }) => sum + Number(size), 0);
    dataSets.push({ dataSet, files: own.length, bytes, ...(task ? { producer: taskOf(task) } : {}) });
  }
  return { dataSets, position };
}

export async function listTicks({ db }: Snapshot, scheduleId: string): Promise<Answer<"listTicks">> {
  const rows = await db
    .selectFrom("schedule_ticks")
    .select("body")
    .where("schedule_id", "=", scheduleId)
    .orderBy("at", "desc")
    .execute();
  return rows.map(tickOf);
}

export async function listTicksBetween(
  { db }: Snapshot,
  from: number,
  to: number,
): Promise<Answer<"listTicksBetween">> {
  const rows = await db
    .selectFrom("schedule_ticks")
    .select("body")
    .where("at", ">=", from)
    .where("at", "<", to)
    .orderBy("at")
    .orderBy("schedule_id")
    .execute();
  return rows.map(tickOf);
}

export async function listWorkers({ db, position }: Snapshot): Promise<Answer<"listWorkers">> {
  const workers = await db.selectFrom("workers").select(["id", "body"]).orderBy("name").orderBy("id").execute();
  const provided = await db.selectFrom("provided_workers").select(["worker_id", "body"]).execute();
  const providedOf = new Map(provided.map((row) => [row.worker_id, providedWorkerOf(row)]));
  const current = await db
    .selectFrom("attempts")
    .select(["worker_id", "task_id", "demand"])
    .where("phase", "<>", sql.lit("ended"))
    .orderBy("assigned_at")
    .orderBy("task_id")
    .execute();
  const loads = new Map(workers.map(({ id }) => [id, { taskIds: [] as number[], demands: [] as Demand[] }]));
  for (const { worker_id, task_id, demand } of current) {
    const load = loads.get(worker_id);
    load?.taskIds.push(task_id);
    load?.demands.push(demandOf(demand));
  }
  return {
    workers: workers.map((row) => {
      const { taskIds, demands } = loads.get(row.id)!;
      const provided = providedOf.get(row.id);
      return { worker: workerOf(row), taskIds, used: sumOf(demands), ...(provided ? { provided } : {}) };
    }),
    position,
  };
}

function sumOf(demands: readonly Demand[]): Demand {
  const sum: Record<string, number> = {};
  for (const demand of demands) {
    for (const [name, amount] of Object.entries(demand)) sum[name] = (sum[name] ?? 0) + amount;
  }
  return sum;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
