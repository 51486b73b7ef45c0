import type { Expression, Kysely, RawBuilder } from "kysely";

/**
 * The database as a migration sees it. It has no table types: the schema is that of today, a migration is of its time.
 */
// biome-ignore lint/suspicious/noExplicitAny: Kysely offers no other type for tables that are not known
export type AnyDatabase = Kysely<any>;

/** How a technology spells the few types of columns that there are. */
export interface ColumnTypes {
  /** Holds 53 bits. */
  readonly integer: "integer" | "bigint";
  /** Sorts by code point. */
  readonly text: "text" | Expression<unknown>;
  readonly bytes: "blob" | "bytea";
  /** Said at the end of a table that is kept in the order of its key, where the technology can. */
  readonly clustered?: RawBuilder<unknown>;
}

/** One step from a version of the tables to the next; steps are never changed once released. */
export interface Migration {
  /** Without gaps, from 1. */
  readonly number: number;
  readonly name: string;
  up(db: AnyDatabase, types: ColumnTypes): Promise<void>;
}
