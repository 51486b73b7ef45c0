import { DatabaseSync } from "node:sqlite";

const megabyte = 2 ** 20;

/** A page that is not at hand comes from the system's cache in a few microseconds, so this need not be large. */
export const defaultCacheMegabytes = 32;

/** Milliseconds that a statement waits for another program's lock; the loop waits with it. */
export const busyTimeout = 500;

/** The one connection that writes. */
export function openWriter(file: string, cacheMegabytes: number): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: busyTimeout });
  database.exec(`
    pragma journal_mode = wal;
    pragma synchronous = normal;
    pragma wal_autocheckpoint = 0;
    pragma journal_size_limit = ${64 * megabyte};
    pragma cache_size = ${-cacheMegabytes * 1_024};
    pragma temp_store = memory;
  `);
  return database;
}

/** A connection that only reads. */
export function openReader(file: string, cacheMegabytes: number): DatabaseSync {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
  database.exec(`
    pragma cache_size = ${-cacheMegabytes * 1_024};
    pragma temp_store = memory;
  `);
  return database;
}
