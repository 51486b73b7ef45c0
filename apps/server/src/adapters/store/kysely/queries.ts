import { type Kysely, sql } from "kysely";
import type { Dialect } from "#core/tasks/task.ts";
import type { WorkerKind } from "#core/workers/worker.ts";
import type { Schema } from "./schema.ts";
import { taskColumns } from "./task-row.ts";

/** Stands for a parameter in a query that is compiled once; its value is given with each run. */
const given = "" as const;

/**
 * The queries of hot units. Building one anew takes longer than running it, so each is compiled once and run with the
 * parameters named beside it.
 */
export function compileQueries(db: Kysely<Schema>) {
  const tasks = db.selectFrom("tasks").select(taskColumns);
  return {
    /** dialect, name */
    tasksByName: tasks
      .where("dialect", "=", given as Dialect)
      .where("name", "=", given)
      .orderBy("id", "desc")
      .limit(sql.lit(1))
      .compile(),
    /** dialect, name, project id */
    tasksByProjectAndName: tasks
      .where("dialect", "=", given as Dialect)
      .where("name", "=", given)
      .where("project_id", "=", given)
      .compile(),
    /** request id */
    tasksByRequest: tasks.where("request_id", "=", given).compile(),
    /** time, limit */
    tasksDue: tasks
      .where("state", "=", sql.lit("waiting"))
      .where("not_before", "is not", null)
      .where("not_before", "<=", 0)
      .orderBy("not_before")
      .orderBy("id")
      .limit(0)
      .compile(),
    nextDue: db
      .selectFrom("tasks")
      .select("not_before")
      .where("state", "=", sql.lit("waiting"))
      .where("not_before", "is not", null)
      .orderBy("not_before")
      .limit(sql.lit(1))
      .compile(),
    /** task id */
    dependenciesOn: db.selectFrom("dependencies").selectAll().where("on_task_id", "=", 0).orderBy("task_id").compile(),
    /** worker id */
    currentAttempts: db
      .selectFrom("attempts")
      .selectAll()
      .where("worker_id", "=", given)
      .where("phase", "<>", sql.lit("ended"))
      .orderBy("assigned_at")
      .orderBy("task_id")
      .compile(),
    /** worker id */
    currentDemands: db
      .selectFrom("attempts")
      .select(({ fn }) => ["demand", fn.countAll<number | string | bigint>().as("count")])
      .where("worker_id", "=", given)
      .where("phase", "<>", sql.lit("ended"))
      .groupBy("demand")
      .compile(),
    /** number */
    workersByNumber: db.selectFrom("workers").select("body").where("number", "=", 0).compile(),
    /** kind */
    takersOfKind: db
      .selectFrom("workers")
      .select("id")
      .where("kind", "=", given as WorkerKind)
      .where("takes", "=", sql.lit(1))
      .limit(sql.lit(1))
      .compile(),
    /** position, limit */
    entriesAfter: db.selectFrom("journal").selectAll().where("position", ">", 0).orderBy("position").limit(0).compile(),
    progress: db.selectFrom("progress").selectAll().compile(),
  };
}

export type Queries = ReturnType<typeof compileQueries>;
