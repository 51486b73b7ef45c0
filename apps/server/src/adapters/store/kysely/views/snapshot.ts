import type { Kysely } from "kysely";
import type { Position } from "#core/journal/entry.ts";
import type { Schema } from "../schema.ts";

/** One snapshot to read from. */
export interface Snapshot {
  readonly db: Kysely<Schema>;
  /** Of the newest journal entry in it. */
  readonly position: Position;
}
