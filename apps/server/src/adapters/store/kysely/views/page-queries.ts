import type { Compilable, CompiledQuery } from "kysely";
import type { TaskPageAsk } from "#core/ports/view.ts";
import type { TaskColumns } from "../task-row.ts";
import type { Snapshot } from "./snapshot.ts";

/** A page that is asked for, with stand-ins for the place after which it begins. */
export type PlacedAsk = Omit<TaskPageAsk, "after"> & {
  readonly after: { readonly value: unknown; readonly id: unknown } | undefined;
};

/** Stand for the place in a query that is compiled. */
const marks = { value: Symbol("value"), id: Symbol("id") };

/** Lists that are looked at at a time, and more. */
const mostQueries = 200;

/** By the database that they are compiled for, and by all that they are made of but the place. */
const compiled = new WeakMap<object, Map<string, CompiledQuery<TaskColumns>>>();

/**
 * Reads a page by a query that is made once for all pages of a list: making one takes longer than running it.
 *
 * @param kind - tells queries apart that are made of the same ask
 * @param make - undefined when nothing can match
 */
export async function readCompiled(
  { db }: Snapshot,
  kind: readonly string[],
  { after, ...list }: TaskPageAsk,
  make: (ask: PlacedAsk) => Compilable<TaskColumns> | undefined,
): Promise<TaskColumns[]> {
  const known = compiled.get(db) ?? new Map<string, CompiledQuery<TaskColumns>>();
  compiled.set(db, known);
  const key = JSON.stringify([kind, list, after === undefined]);
  let query = known.get(key);
  if (query === undefined) {
    query = make({ ...list, after: after && marks })?.compile();
    if (query === undefined) return [];
    if (known.size >= mostQueries) known.clear();
    known.set(key, query);
  }
  const parameters = query.parameters.map((parameter) => {
    if (parameter === marks.value) return after?.value;
    return parameter === marks.id ? after?.id : parameter;
  });
  const placed: CompiledQuery<TaskColumns> = { ...query, parameters };
  return (await db.executeQuery(placed)).rows;
}
