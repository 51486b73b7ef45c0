import type { DatabaseSync } from "node:sqlite";
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
} from "kysely";
import type { ColumnTypes } from "../kysely/migrations/migration.ts";
import { oneConnectionDriver } from "../kysely/one-connection-driver.ts";
import type { Schema, Value } from "../kysely/schema.ts";
import type { Statements } from "./statements.ts";

export const sqliteColumnTypes: ColumnTypes = {
  integer: "integer",
  text: "text",
  bytes: "blob",
  clustered: sql`without rowid`,
};

/** Kysely over one open connection, which stays its owner's to close. */
export function kyselyOver(database: DatabaseSync, statements: Statements): Kysely<Schema> {
  const connection = new SqliteConnection(database, statements);
  const dialect: Dialect = {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => oneConnectionDriver(connection, "begin immediate"),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
  return new Kysely<Schema>({ dialect });
}

class SqliteConnection implements DatabaseConnection {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;

  constructor(database: DatabaseSync, statements: Statements) {
    this.#database = database;
    this.#statements = statements;
  }

  /** Nothing but microtasks pass until it answers, so that it may be awaited within a unit of work. */
  async executeQuery<R>({ query, sql: text, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    if (query.kind.startsWith("Create") || query.kind.startsWith("Drop") || query.kind.startsWith("Alter")) {
      this.#database.exec(text);
      this.#statements.forget();
      return { rows: [] };
    }
    const values = parameters as readonly Value[];
    if (this.#statements.answersRows(text)) return { rows: this.#statements.all<R>(text, values) };
    return { rows: [], numAffectedRows: BigInt(this.#statements.run(text, values)) };
  }

  // biome-ignore lint/correctness/useYield: there is nothing to yield
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new Error("queries of this store are not streamed");
  }
}
