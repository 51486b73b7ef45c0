import type { CompiledQuery, Kysely } from "kysely";
import type { NewEntry, Position } from "#core/journal/entry.ts";
import type { TaskId } from "#core/tasks/task.ts";
import type { Queries } from "./queries.ts";
import type { RowAccess } from "./row-access.ts";
import type { Schema, Value } from "./schema.ts";

/** How one unit of work reaches the database. */
export interface UnitAccess extends RowAccess {
  /** For reads that are not hot. */
  readonly db: Kysely<Schema>;
  readonly queries: Queries;
  /** Runs one of {@link queries}. */
  select<R>(query: CompiledQuery<R>, ...parameters: readonly Value[]): Promise<readonly R[]>;
  nextTaskIds(count: number): Promise<readonly TaskId[]>;
  append(entries: readonly NewEntry[]): Promise<Position>;
  position(): Promise<Position>;
}
