import { type Expression, sql } from "kysely";
import type { Schema } from "./schema.ts";

type TableWith<C extends string> = {
  [T in keyof Schema]: C extends keyof Schema[T] ? T : never;
}[keyof Schema];

/** The columns that hold an object's hash, each with an index of its own. Whatever is named in one of them is in use. */
export const objectReferences: readonly { readonly table: TableWith<"hash">; readonly column: "hash" }[] = [
  { table: "artifacts", column: "hash" },
  { table: "project_files", column: "hash" },
  { table: "staged_files", column: "hash" },
];

/** Whether nothing refers to the object whose hash is in a column. */
export function isUnused(hash: Expression<unknown>): Expression<boolean> {
  const used = objectReferences.map(
    ({ table, column }) =>
      sql`exists (select 1 from ${sql.table(table)} where ${sql.ref(`${table}.${column}`)} = ${hash})`,
  );
  return sql<boolean>`not (${sql.join(used, sql` or `)})`;
}
