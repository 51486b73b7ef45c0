import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  sql,
} from "kysely";
import type { ColumnTypes } from "../kysely/migrations/migration.ts";
import { oneConnectionDriver } from "../kysely/one-connection-driver.ts";
import type { Schema, Value } from "../kysely/schema.ts";
import type { Rows } from "./connection.ts";

/** Texts sort by code point, as they do on SQLite, whatever the database's language. */
export const postgresColumnTypes: ColumnTypes = {
  integer: "bigint",
  text: sql`text collate "C"`,
  bytes: "bytea",
};

/** Runs a query that Kysely has built. */
export type Execute = (query: CompiledQuery, values: readonly Value[]) => Promise<Rows<unknown>>;

/** Kysely over whatever runs its queries; connections and transactions are their owner's, but for migrations. */
export function kyselyOver(execute: Execute): Kysely<Schema> {
  const connection = new PostgresConnection(execute);
  const dialect: Dialect = {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => oneConnectionDriver(connection, "begin"),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
  return new Kysely<Schema>({ dialect });
}

class PostgresConnection implements DatabaseConnection {
  readonly #execute: Execute;

  constructor(execute: Execute) {
    this.#execute = execute;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, count } = await this.#execute(query, query.parameters as readonly Value[]);
    return { rows: rows as R[], numAffectedRows: BigInt(count) };
  }

  // biome-ignore lint/correctness/useYield: there is nothing to yield
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new Error("queries of this store are not streamed");
  }
}
