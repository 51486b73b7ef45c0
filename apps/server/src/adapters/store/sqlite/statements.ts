import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Value } from "../kysely/schema.ts";

/** More than any fixed set of queries; lists with many filters make a new text for each combination. */
const mostStatements = 300;

interface Prepared {
  readonly statement: StatementSync;
  /** Makes a row of its values; undefined for a statement that answers no rows. */
  readonly rowOf: ((values: readonly unknown[]) => unknown) | undefined;
}

/** Prepared statements of one connection, by their text. */
export class Statements {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, Prepared>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  all<R>(text: string, parameters: readonly Value[]): R[] {
    const { statement, rowOf } = this.#prepare(text);
    const rows = valuesOf(statement.all(...parameters));
    return rowsAs<R>(rowOf ? rows.map(rowOf) : []);
  }

  get<R>(text: string, parameters: readonly Value[]): R | undefined {
    const { statement, rowOf } = this.#prepare(text);
    const [values] = valuesOf([statement.get(...parameters)]);
    return values && rowOf ? rowsAs<R>([rowOf(values)])[0] : undefined;
  }

  /** Answers how many rows were changed. */
  run(text: string, parameters: readonly Value[] = []): number {
    return Number(this.prepare(text).run(...parameters).changes);
  }

  /** For what is run by the statement itself; rows would be arrays of values. */
  prepare(text: string): StatementSync {
    return this.#prepare(text).statement;
  }

  /** True for a statement that answers rows, even if there are none. */
  answersRows(text: string): boolean {
    return this.#prepare(text).rowOf !== undefined;
  }

  /** After a change of tables: what a statement answers may have other columns. */
  forget(): void {
    this.#prepared.clear();
  }

  #prepare(text: string): Prepared {
    const known = this.#prepared.get(text);
    if (known !== undefined) return known;
    if (this.#prepared.size >= mostStatements) this.#forgetOldest();
    const statement = this.#database.prepare(text);
    statement.setReturnArrays(true);
    const columns = statement.columns().map(({ name }) => name);
    const prepared = { statement, rowOf: columns.length > 0 ? rowMaker(columns) : undefined };
    this.#prepared.set(text, prepared);
    return prepared;
  }

  #forgetOldest(): void {
    for (const text of this.#prepared.keys()) {
      this.#prepared.delete(text);
      return;
    }
  }
}

/**
 * What makes a row of its values. The rows that SQLite's binding makes have no fixed shape: making and reading them takes
 * more than twice as long as of those that a function written for the columns makes.
 */
function rowMaker(columns: readonly string[]): (values: readonly unknown[]) => unknown {
  const members = columns.map((name, at) => `${JSON.stringify(name)}: values[${at}]`);
  return new Function("values", `return { ${members.join(", ")} };`) as (values: readonly unknown[]) => unknown;
}

/** Statements answer rows as arrays, which the binding's types do not tell. */
function valuesOf(rows: unknown): (readonly unknown[])[] {
  return rows as (readonly unknown[])[];
}

/** Rows have the type that their query's text says; SQLite's types cannot tell. */
function rowsAs<R>(rows: unknown): R[] {
  return rows as R[];
}
