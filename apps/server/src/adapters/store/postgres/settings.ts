import type { Migration } from "../kysely/migrations/migration.ts";

/** How a store is opened; only the address must be given. */
export interface PostgresStoreSettings {
  /** Where the database is, with user and password: `postgres://user:password@host:5432/name`. */
  readonly url: string;
  /** Told when the database is lost, and when it is back. */
  readonly onReachable?: (reachable: boolean) => void;
  /** Told of what should not happen and yet does no harm. */
  readonly onWarning?: (problem: string) => void;
  /** Connections for reading, beside one that writes and one that listens; 8 unless said otherwise. */
  readonly readers?: number;
  /** Milliseconds between looks for entries of other servers whose notice was lost; 1,000 unless said otherwise. */
  readonly pollInterval?: number;
  /** The steps to the newest tables. */
  readonly migrations?: readonly Migration[];
}
