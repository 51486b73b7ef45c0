import { sql } from "kysely";
import type { TaskCommand, TaskDetail, View } from "#core/ports/view.ts";
import type { RunSpec } from "#core/tasks/run-spec.ts";
import type { Attempt, AttemptRef, Dialect, Task, TaskId } from "#core/tasks/task.ts";
import type { Usage } from "#core/tasks/usage.ts";
import { artifactOf, attemptOf } from "../attempt-row.ts";
import { type TaskColumns, taskColumns, taskOf } from "../task-row.ts";
import { usageOf } from "../usage-row.ts";
import type { Snapshot } from "./snapshot.ts";
import { inStates, openStates } from "./states.ts";
import { filterConditions, unindexed } from "./task-filter.ts";

/** Parameters of one statement, well below every database's limit. */
const mostParameters = 1_000;

/** All open tasks of a dialect and its newest ones, by id ascending. */
export async function listNewest({ db }: Snapshot, dialect: Dialect, limit: number): Promise<readonly Task[]> {
  const tasks = db.selectFrom("tasks").select(taskColumns);
  const open = await tasks
    .where(inStates(openStates))
    .where(sql<boolean>`${unindexed("dialect")} = ${dialect}`)
    .execute();
  const newest = await tasks.where("dialect", "=", dialect).orderBy("id", "desc").limit(limit).execute();
  const rows = new Map<TaskId, TaskColumns>();
  for (const row of [...open, ...newest]) rows.set(row.id, row);
  return [...rows.values()].sort((a, b) => a.id - b.id).map(taskOf);
}

export async function listCommands(
  { db }: Snapshot,
  { dialect, states, after, limit }: Parameters<View["listCommands"]>[0],
): Promise<readonly TaskCommand[]> {
  // Open tasks are few, or all of them wait; ended ones are many, and found soon among the dialect's. Where one page did
  // not have them all, they are many too.
  const byState = after === 0 && (states?.every((state) => openStates.includes(state)) ?? false);
  const filter = { dialects: [dialect], ...(states && { states }) };
  const ids = db
    .selectFrom("tasks")
    .select("id")
    .where((eb) => eb.and(filterConditions(filter, byState ? "states" : "dialects")))
    .where("id", ">", after)
    .orderBy("id")
    .limit(limit);
  const rows = await db
    .selectFrom("tasks")
    .innerJoin("task_specs", "task_specs.task_id", "tasks.id")
    .select(["tasks.id", "tasks.state", "tasks.phase", "task_specs.body"])
    .where("tasks.id", "in", ids)
    .orderBy("tasks.id")
    .execute();
  return rows.map(({ id, state, phase, body }) => {
    const { command, environment } = JSON.parse(body) as RunSpec;
    return {
      id: Number(id),
      state,
      ...(phase === null ? {} : { phase }),
      script: command.kind === "shell" ? command.script : "",
      ...(environment.kind === "image" ? { image: environment.image } : {}),
    };
  });
}

/** Those that exist, in the order of the ids. */
export async function getTasks({ db }: Snapshot, ids: readonly TaskId[]): Promise<readonly Task[]> {
  const tasks = new Map<TaskId, Task>();
  for (let from = 0; from < ids.length; from += mostParameters) {
    const rows = await db
      .selectFrom("tasks")
      .select(taskColumns)
      .where("id", "in", ids.slice(from, from + mostParameters))
      .execute();
    for (const row of rows) tasks.set(row.id, taskOf(row));
  }
  return ids.flatMap((id) => tasks.get(id) ?? []);
}

/** One that runs has no totals of its own yet. */
async function withUsage(snapshot: Snapshot, attempt: Attempt): Promise<Attempt> {
  if (attempt.endedAt !== undefined) return attempt;
  const usage = await getUsage(snapshot, attempt);
  return usage ? { ...attempt, usage: usage.totals } : attempt;
}

export async function getUsage({ db }: Snapshot, { taskId, number }: AttemptRef): Promise<Usage | undefined> {
  const row = await db
    .selectFrom("attempt_usage")
    .select("body")
    .where("task_id", "=", taskId)
    .where("number", "=", number)
    .executeTakeFirst();
  return row && usageOf(row);
}

export async function getTask(snapshot: Snapshot, id: TaskId): Promise<TaskDetail | undefined> {
  const { db, position } = snapshot;
  const row = await db.selectFrom("tasks").select(taskColumns).where("id", "=", id).executeTakeFirst();
  if (row === undefined) return undefined;
  const spec = await db.selectFrom("task_specs").select("body").where("task_id", "=", id).executeTakeFirstOrThrow();
  const attempts = await db.selectFrom("attempts").selectAll().where("task_id", "=", id).orderBy("number").execute();
  const artifacts = await db
    .selectFrom("artifacts")
    .selectAll()
    .where("task_id", "=", id)
    .orderBy("attempt")
    .orderBy("path")
    .execute();
  return {
    task: taskOf(row),
    spec: JSON.parse(spec.body) as RunSpec,
    attempts: await Promise.all(attempts.map((attempt) => withUsage(snapshot, attemptOf(attempt)))),
    artifacts: artifacts.map(artifactOf),
    position,
  };
}
