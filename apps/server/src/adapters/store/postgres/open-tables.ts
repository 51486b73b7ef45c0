import pg from "pg";
import { RefusedError } from "#core/errors.ts";
import { migrate } from "../kysely/migrate.ts";
import type { Migration } from "../kysely/migrations/migration.ts";
import { compileQueries } from "../kysely/queries.ts";
import type { ProgressRow } from "../kysely/schema.ts";
import { connectionSettings, runStatement } from "./connection.ts";
import { kyselyOver, postgresColumnTypes } from "./dialect.ts";
import { migrationLock } from "./locks.ts";
import { RowTexts, readColumnKinds } from "./row-texts.ts";
import type { UnitTools } from "./unit.ts";

/** 14, the oldest that its makers still mend. */
const oldestVersion = 140_000;

export interface OpenTables {
  readonly tools: UnitTools;
  readonly progress: ProgressRow;
  /** Of the database's server, such as `16.4`. */
  readonly version: string;
}

/**
 * Brings the tables to the newest version, one server at a time.
 *
 * @throws RefusedError `unavailable` when the database cannot be used, or a newer version has been there
 */
export async function openTables(
  url: string,
  place: string,
  migrations: readonly Migration[] | undefined,
): Promise<OpenTables> {
  // Others may be migrating, for as long as that takes.
  const settings = connectionSettings(url);
  const client = new pg.Client({
    ...settings,
    lock_timeout: 0,
    statement_timeout: 0,
    query_timeout: 0,
  } as pg.ClientConfig);
  client.on("error", () => {});
  await client.connect();
  try {
    const version = await refuseUnfit(client, place);
    await client.query(`select pg_advisory_lock(${migrationLock})`);
    const db = kyselyOver((query, values) => runStatement(client, query.sql, values));
    await migrate(db, postgresColumnTypes, place, migrations);
    // The queue is searched in the database, unlike an embedded one's: this finds the head of each kind of task.
    await client.query(
      "create index if not exists tasks_kinds on tasks (dialect, demand, queued_at, id) where state = 'queued'",
    );
    const kinds = await readColumnKinds({ query: (text, values) => runStatement(client, text, values) });
    const { rows } = await runStatement<ProgressRow>(client, "select * from progress");
    const tools = { texts: new RowTexts(kinds), queries: compileQueries(db) };
    return { tools, progress: rows[0]!, version };
  } finally {
    await client.end();
  }
}

/** Answers the version of the database's server, without the name of who packed it. */
async function refuseUnfit(client: pg.ClientBase, place: string): Promise<string> {
  const { rows } = await runStatement<{ version: string; name: string; encoding: string }>(
    client,
    `select current_setting('server_version_num') as version, current_setting('server_version') as name,
       current_setting('server_encoding') as encoding`,
  );
  const { version, name, encoding } = rows[0]!;
  if (Number(version) < oldestVersion) {
    throw new RefusedError("unavailable", `${place} runs PostgreSQL ${name}; version 14 or later is needed.`);
  }
  if (encoding !== "UTF8") {
    throw new RefusedError("unavailable", `${place} keeps texts as ${encoding}; create one with encoding UTF8.`);
  }
  return name.split(" ")[0]!;
}
