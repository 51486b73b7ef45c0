import type { Schema, TableName, Value } from "../kysely/schema.ts";
import { columnsOf, finalValues, type KeyedTable } from "../kysely/tables.ts";

/** The statements that read and write a table's rows by key. */
export interface TableText {
  readonly key: readonly string[];
  readonly plain: readonly string[];
  /** A row's values in the order in which `insert` takes them. */
  readonly valuesOf: (row: object) => Value[];
  readonly insert: string;
  readonly put: string;
  readonly get: string;
}

const quoted = (column: string) => `"${column}"`;
const equal = (column: string) => `"${column}" = ?`;

function textOf(table: KeyedTable): TableText {
  const columns = columnsOf(table, "key", "fixed", "plain");
  const key = columnsOf(table, "key");
  const plain = columnsOf(table, "plain");
  const insert = `insert into "${table}" (${columns.map(quoted)}) values (${columns.map(() => "?")})`;
  const others = columnsOf(table, "fixed", "plain");
  return {
    key,
    plain,
    valuesOf: valuesMaker(columns),
    insert,
    put: `${insert} on conflict (${key.map(quoted)}) do ${others.length === 0 ? "nothing" : `update set ${others.map((c) => `"${c}" = excluded."${c}"`)}`}`,
    get: `select ${columns.map(quoted)} from "${table}" where ${key.map(equal).join(" and ")}`,
  };
}

/** Texts by what they are for: there are a few hundred. */
const madeTexts = new Map<string, string>();

function keptText(name: string, make: () => string): string {
  const known = madeTexts.get(name);
  if (known !== undefined) return known;
  const text = make();
  madeTexts.set(name, text);
  return text;
}

/** Inserts so many journal entries. */
export function insertEntriesText(count: number): string {
  entryTexts[count] ??= tableText("journal").insert + ", (?,?)".repeat(count - 1);
  return entryTexts[count];
}

const entryTexts: string[] = [];

const texts = new Map<KeyedTable, TableText>();

export function tableText(table: KeyedTable): TableText {
  const known = texts.get(table);
  if (known !== undefined) return known;
  const text = textOf(table);
  texts.set(table, text);
  return text;
}

/** Updates the plain columns of one row with this key that has the expected values and is not final. */
export function replaceText(table: KeyedTable, expected: readonly string[]): string {
  return keptText(`replace ${table} ${expected.join(" ")}`, () => {
    const { key, plain } = tableText(table);
    const final = Object.keys(finalValues[table] ?? {}).map((column) => `"${column}" <> ?`);
    const where = [...key.map(equal), ...expected.map(equal), ...final].join(" and ");
    return `update "${table}" set ${plain.map(equal)} where ${where}`;
  });
}

export function deleteText(table: KeyedTable, keyLength: number): string {
  const where = () => tableText(table).key.slice(0, keyLength).map(equal).join(" and ");
  return keptText(`delete ${table} ${keyLength}`, () => `delete from "${table}" where ${where()}`);
}

/**
 * What takes a row's values out of it: written for the columns, as a loop over their names takes several times as long, and
 * this is done for each row that is written.
 */
function valuesMaker(columns: readonly string[]): (row: object) => Value[] {
  const members = columns.map((name) => `row[${JSON.stringify(name)}]`);
  return new Function("row", `return [${members.join(", ")}];`) as (row: object) => Value[];
}

/** A row's values in the order of the columns. */
export function valuesOf<T extends TableName>(row: Partial<Schema[T]>, columns: readonly string[]): Value[] {
  const values = row as Readonly<Record<string, Value>>;
  return columns.map((column) => values[column]!);
}
