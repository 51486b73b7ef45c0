import { type CreateTableBuilder, sql } from "kysely";
import type { AnyDatabase, ColumnTypes } from "./migration.ts";

/** Everything that the first release keeps. */
export async function firstTables(db: AnyDatabase, types: ColumnTypes): Promise<void> {
  await createState(db, types);
  await createProjects(db, types);
  await createTasks(db, types);
  await createTaskIndexes(db);
  await createAttempts(db, types);
  await sql`insert into progress (id, commits, task_id, position, oldest) values (1, 0, 0, 0, 1)`.execute(db);
}

async function createState(db: AnyDatabase, { integer, text, bytes }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable("progress")
    .addColumn("id", integer, (column) => column.primaryKey())
    .addColumn("commits", integer, (column) => column.notNull())
    .addColumn("task_id", integer, (column) => column.notNull())
    .addColumn("position", integer, (column) => column.notNull())
    .addColumn("oldest", integer, (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("settings")
    .addColumn("name", text, (column) => column.primaryKey().notNull())
    .addColumn("value", text, (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("journal")
    .addColumn("position", integer, (column) => column.primaryKey())
    .addColumn("entry", text, (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("workers")
    .addColumn("id", text, (column) => column.primaryKey().notNull())
    .addColumn("name", text, (column) => column.notNull())
    .addColumn("body", text, (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("secrets")
    .addColumn("key", text, (column) => column.primaryKey().notNull())
    .addColumn("body", text, (column) => column.notNull())
    .addColumn("sealed", bytes, (column) => column.notNull())
    .execute();
}

async function createProjects(db: AnyDatabase, types: ColumnTypes): Promise<void> {
  const { integer, text } = types;
  await db.schema
    .createTable("projects")
    .addColumn("id", text, (column) => column.primaryKey().notNull())
    .addColumn("name", text, (column) => column.notNull())
    .addColumn("source_id", text)
    .addColumn("created_at", integer, (column) => column.notNull())
    .addColumn("body", text, (column) => column.notNull())
    .execute();
  await db.schema.createIndex("projects_name").on("projects").columns(["name", "created_at", "id"]).execute();
  await keyedBy(
    db.schema
      .createTable("project_files")
      .addColumn("project_id", text, (column) => column.notNull())
      .addColumn("path", text, (column) => column.notNull())
      .addColumn("size", integer, (column) => column.notNull())
      .addColumn("hash", text, (column) => column.notNull()),
    ["project_id", "path"],
    types,
  ).execute();
  await db.schema
    .createTable("sources")
    .addColumn("id", text, (column) => column.primaryKey().notNull())
    .addColumn("repository", text, (column) => column.notNull())
    .addColumn("revision", integer, (column) => column.notNull())
    .addColumn("body", text, (column) => column.notNull())
    .execute();
  await db.schema.createIndex("sources_repository").on("sources").columns(["repository", "id"]).execute();
}

async function createTasks(db: AnyDatabase, { integer, text }: ColumnTypes): Promise<void> {
  await db.schema
    .createTable("tasks")
    .addColumn("id", integer, (column) => column.primaryKey())
    .addColumn("dialect", text, (column) => column.notNull())
    .addColumn("project_id", text, (column) => column.notNull())
    .addColumn("project_name", text, (column) => column.notNull())
    .addColumn("name", text, (column) => column.notNull())
    .addColumn("title", text, (column) => column.notNull())
    .addColumn("sort_title", text, (column) => column.notNull())
    .addColumn("search", text, (column) => column.notNull())
    .addColumn("creator", text, (column) => column.notNull())
    .addColumn("retry_of", integer)
    .addColumn("request_id", text)
    .addColumn("created_at", integer, (column) => column.notNull())
    .addColumn("state", text, (column) => column.notNull())
    .addColumn("attempt", integer, (column) => column.notNull())
    .addColumn("phase", text)
    .addColumn("reason_code", text)
    .addColumn("reason_message", text)
    .addColumn("reason_hint", text)
    .addColumn("user_failures", integer, (column) => column.notNull())
    .addColumn("system_failures", integer, (column) => column.notNull())
    .addColumn("queued_at", integer)
    .addColumn("not_before", integer)
    .addColumn("started_at", integer)
    .addColumn("ended_at", integer)
    .addColumn("exit_code", integer)
    .addColumn("worker_id", text)
    .addColumn("commit_hash", text)
    .addColumn("demand", text, (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("task_specs")
    .addColumn("task_id", integer, (column) => column.primaryKey())
    .addColumn("body", text, (column) => column.notNull())
    .execute();
}

/**
 * Each index serves a named read. Columns after `id` are there so that counts and searches need not touch rows. All but
 * the one of names grow at a few places, so that a commit of many new tasks writes few pages.
 */
async function createTaskIndexes(db: AnyDatabase): Promise<void> {
  const index = (name: string) => db.schema.createIndex(name).on("tasks");
  await index("tasks_name").unique().columns(["dialect", "name", "project_id"]).execute();
  await index("tasks_request").unique().column("request_id").where(sql<boolean>`request_id is not null`).execute();
  await index("tasks_created").columns(["created_at", "id", "dialect", "search"]).execute();
  await index("tasks_title").columns(["sort_title", "id"]).execute();
  await index("tasks_dialect").columns(["dialect", "id"]).execute();
  await index("tasks_project_name")
    .columns(["project_name", "created_at", "id"])
    .where(sql<boolean>`project_name <> ''`)
    .execute();
  await index("tasks_project_id")
    .columns(["project_id", "created_at", "id"])
    .where(sql<boolean>`project_id <> ''`)
    .execute();
  await index("tasks_state").columns(["state", "created_at", "id", "dialect"]).execute();
  await index("tasks_queued")
    .columns(["queued_at", "id", "dialect", "demand"])
    .where(sql<boolean>`state = 'queued'`)
    .execute();
  await index("tasks_ended").columns(["ended_at", "id", "state"]).where(sql<boolean>`ended_at is not null`).execute();
  await index("tasks_due")
    .columns(["not_before", "id"])
    .where(sql<boolean>`state = 'waiting' and not_before is not null`)
    .execute();
  await index("tasks_blocked")
    .columns(["reason_code", "id"])
    .where(sql<boolean>`state in ('waiting', 'queued') and reason_code is not null`)
    .execute();
}

async function createAttempts(db: AnyDatabase, types: ColumnTypes): Promise<void> {
  const { integer, text } = types;
  await keyedBy(
    db.schema
      .createTable("attempts")
      .addColumn("task_id", integer, (column) => column.notNull())
      .addColumn("number", integer, (column) => column.notNull())
      .addColumn("worker_id", text, (column) => column.notNull())
      .addColumn("phase", text, (column) => column.notNull())
      .addColumn("sequence", integer, (column) => column.notNull())
      .addColumn("demand", text, (column) => column.notNull())
      .addColumn("assigned_at", integer, (column) => column.notNull())
      .addColumn("prepared_at", integer)
      .addColumn("started_at", integer)
      .addColumn("collected_at", integer)
      .addColumn("ended_at", integer)
      .addColumn("outcome", text)
      .addColumn("reason_code", text)
      .addColumn("reason_message", text)
      .addColumn("reason_hint", text)
      .addColumn("exit_code", integer)
      .addColumn("signal", text),
    ["task_id", "number"],
    types,
  ).execute();
  await db.schema
    .createIndex("attempts_current")
    .on("attempts")
    .columns(["worker_id", "assigned_at", "task_id", "number"])
    .where(sql<boolean>`phase <> 'ended'`)
    .execute();
  await keyedBy(
    db.schema
      .createTable("artifacts")
      .addColumn("task_id", integer, (column) => column.notNull())
      .addColumn("attempt", integer, (column) => column.notNull())
      .addColumn("path", text, (column) => column.notNull())
      .addColumn("size", integer, (column) => column.notNull())
      .addColumn("hash", text, (column) => column.notNull()),
    ["task_id", "attempt", "path"],
    types,
  ).execute();
}

function keyedBy<T extends string, C extends string>(
  table: CreateTableBuilder<T, C>,
  columns: readonly C[],
  { clustered }: ColumnTypes,
): CreateTableBuilder<T, C> {
  const keyed = table.addPrimaryKeyConstraint(`${columns.join("_")}_key`, [...columns] as [C, ...C[]]);
  return clustered ? keyed.modifyEnd(clustered) : keyed;
}
