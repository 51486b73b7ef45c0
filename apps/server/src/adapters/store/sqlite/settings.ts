import type { Migration } from "../kysely/migrations/migration.ts";
import type { Sync } from "./durability.ts";

/** How a store is opened; only the file must be given. */
export interface SqliteStoreSettings {
  /** Path of the database; its folder is made, and taken for this store alone. */
  readonly file: string;
  /**
   * Told when the store can no longer promise that what it writes will last: it refuses everything from then on, and
   * the process had better end.
   */
  readonly onFatal?: (error: Error) => void;
  /** Told of what should not happen and yet does no harm, such as a checkpoint that failed. */
  readonly onWarning?: (problem: string) => void;
  /** Threads that answer views, 1 or 2. */
  readonly readers?: number;
  /** Memory for pages of the database: 32 for the writer, unless said otherwise; each reader has an eighth of it. */
  readonly cacheMegabytes?: number;
  /** Makes the log durable, always off the loop; unless told, the system does, on the loop where the disk is quick. */
  readonly sync?: Sync;
  /** Told how long commits took to reach the disk, in milliseconds. */
  readonly onSync?: (time: number) => void;
  /** Pages of 4 KiB that the database may have, as if the disk were no larger. */
  readonly mostPages?: number;
  /** The steps to the newest tables. */
  readonly migrations?: readonly Migration[];
}
