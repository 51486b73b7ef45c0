import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { runOn } from "#test/postgres/cluster.ts";

export type Row = Readonly<Record<string, unknown>>;

/** Reads the tables of a server from outside, whether it runs or was killed. */
export interface DatabaseRows {
  query(text: string): Promise<readonly Row[]>;
  tables(): Promise<readonly string[]>;
}

/** @param url - of the PostgreSQL database, where it is not SQLite in the data folder */
export function databaseRows(dataFolder: string, url: string | undefined): DatabaseRows {
  const query = url === undefined ? queryFile(join(dataFolder, "tributary.db")) : queryServer(url);
  const names =
    url === undefined
      ? "select name from sqlite_master where type = 'table'"
      : "select table_name as name from information_schema.tables where table_schema = current_schema()";
  return { query, tables: async () => (await query(names)).map(({ name }) => String(name)) };
}

function queryServer(url: string): DatabaseRows["query"] {
  return async (text) => (await runOn(url, text)).rows as Row[];
}

function queryFile(file: string): DatabaseRows["query"] {
  return async (text) => {
    if (!existsSync(file)) return [];
    const database = new DatabaseSync(file, { readOnly: true });
    try {
      return database.prepare(text).all();
    } finally {
      database.close();
    }
  };
}
