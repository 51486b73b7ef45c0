import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { Store } from "#core/ports/store.ts";
import { lockFolder } from "./folder-lock.ts";
import { defaultCacheMegabytes, openWriter } from "./open-database.ts";
import type { SqliteStoreSettings } from "./settings.ts";
import { openSqliteStore } from "./sqlite-store.ts";

export type { SqliteStoreSettings };

/**
 * The store in one SQLite file of this machine, for one server.
 *
 * @throws RefusedError `unavailable` when another server uses the folder, or a newer version wrote the file
 */
export async function sqliteStore(settings: SqliteStoreSettings): Promise<Store> {
  const folder = dirname(settings.file);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = lockFolder(folder);
  try {
    const database = openWriter(settings.file, settings.cacheMegabytes ?? defaultCacheMegabytes);
    try {
      return await openSqliteStore(settings, database, lock);
    } catch (error) {
      database.close();
      throw error;
    }
  } catch (error) {
    lock.release();
    throw error;
  }
}
