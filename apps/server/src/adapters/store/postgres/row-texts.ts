import { columnsOf, finalValues, type KeyedTable } from "../kysely/tables.ts";
import type { Runs } from "./connection.ts";

/** Type of each column, by `table.column`. */
export type ColumnKinds = ReadonlyMap<string, string>;

/** Asks the database how its columns are called and typed. */
export async function readColumnKinds(connection: Runs): Promise<ColumnKinds> {
  const { rows } = await connection.query<{ column: string; kind: string }>(
    `select table_name || '.' || column_name as column, data_type as kind
     from information_schema.columns where table_schema = current_schema()`,
  );
  return new Map(rows.map(({ column, kind }) => [column, kind]));
}

const quoted = (column: string) => `"${column}"`;
const same = (column: string) => `t."${column}" = v."${column}"`;

/** The statements that read and write rows by key, each for any number of rows: a column is one parameter, an array. */
export class RowTexts {
  readonly #kinds: ColumnKinds;
  readonly #texts = new Map<string, string>();

  constructor(kinds: ColumnKinds) {
    this.#kinds = kinds;
  }

  insert(table: KeyedTable): string {
    return this.#text(`insert ${table}`, () => {
      const columns = allColumns(table);
      return `insert into "${table}" (${columns.map(quoted)}) select * from ${this.#unnest(table, columns)}`;
    });
  }

  put(table: KeyedTable): string {
    return this.#text(`put ${table}`, () => {
      const set = columnsOf(table, "fixed", "plain").map((column) => `"${column}" = excluded."${column}"`);
      const act = set.length === 0 ? "nothing" : `update set ${set}`;
      return `${this.insert(table)} on conflict (${columnsOf(table, "key").map(quoted)}) do ${act}`;
    });
  }

  /** In the order of the keys. */
  get(table: KeyedTable): string {
    return this.#text(`get ${table}`, () => {
      const key = columnsOf(table, "key");
      const columns = allColumns(table).map((column) => `t."${column}"`);
      return `select ${columns} from ${this.#unnest(table, key)} with ordinality as v (${key.map(quoted)}, place)
        join "${table}" as t on ${key.map(same).join(" and ")} order by v.place`;
    });
  }

  /** Answers the places, from 1, of the changes that happened. Parameters: key, plain, expected, final values. */
  replace(table: KeyedTable, expected: readonly string[]): string {
    return this.#text(`replace ${table} ${expected.join()}`, () => {
      const key = columnsOf(table, "key");
      const plain = columnsOf(table, "plain");
      const columns = [...key, ...plain, ...expected];
      const names = [...key.map(quoted), ...plain.map(quoted), ...expected.map((column) => `"expected ${column}"`)];
      const conditions = [
        ...key.map(same),
        ...expected.map((column) => `t."${column}" = v."expected ${column}"`),
        ...Object.keys(finalValues[table] ?? {}).map(
          (column, index) => `t."${column}" <> $${columns.length + index + 1}`,
        ),
      ];
      return `update "${table}" as t set ${plain.map((column) => `"${column}" = v."${column}"`)}
        from ${this.#unnest(table, columns)} with ordinality as v (${names}, place)
        where ${conditions.join(" and ")} returning v.place`;
    });
  }

  delete(table: KeyedTable, keyLength: number): string {
    return this.#text(`delete ${table} ${keyLength}`, () => {
      const key = columnsOf(table, "key").slice(0, keyLength);
      return `delete from "${table}" as t using ${this.#unnest(table, key)} as v (${key.map(quoted)})
        where ${key.map(same).join(" and ")}`;
    });
  }

  #unnest(table: KeyedTable, columns: readonly string[]): string {
    const arrays = columns.map((column, index) => {
      const kind = this.#kinds.get(`${table}.${column}`);
      if (kind === undefined) throw new Error(`the database has no column ${table}.${column}`);
      return `$${index + 1}::${kind}[]`;
    });
    return `unnest(${arrays})`;
  }

  #text(key: string, make: () => string): string {
    const known = this.#texts.get(key);
    if (known !== undefined) return known;
    const text = make();
    this.#texts.set(key, text);
    return text;
  }
}

/** In the order in which values are bound. */
export function allColumns(table: KeyedTable): readonly string[] {
  return columnsOf(table, "key", "fixed", "plain");
}
