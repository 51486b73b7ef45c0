import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Value } from "../kysely/schema.ts";

/** More than any fixed set of queries; lists with many filters make a new text for each combination. */
const mostStatements = 300;

/** Prepared statements of one connection, by their text. */
export class Statements {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  prepare(text: string): StatementSync {
    const known = this.#prepared.get(text);
    if (known !== undefined) return known;
    if (this.#prepared.size >= mostStatements) this.#forgetOldest();
    const statement = this.#database.prepare(text);
    this.#prepared.set(text, statement);
    return statement;
  }

  all<R>(text: string, parameters: readonly Value[]): R[] {
    return rowsAs<R>(this.prepare(text).all(...parameters));
  }

  get<R>(text: string, parameters: readonly Value[]): R | undefined {
    return rowsAs<R>([this.prepare(text).get(...parameters)])[0];
  }

  /** Answers how many rows were changed. */
  run(text: string, parameters: readonly Value[] = []): number {
    return Number(this.prepare(text).run(...parameters).changes);
  }

  #forgetOldest(): void {
    for (const text of this.#prepared.keys()) {
      this.#prepared.delete(text);
      return;
    }
  }
}

/** Rows have the type that their query's text says; SQLite's types cannot tell. */
function rowsAs<R>(rows: unknown): R[] {
  return rows as R[];
}
