import type { Store } from "#core/ports/store.ts";
import { databasePlace } from "./database-place.ts";
import { startError } from "./errors.ts";
import { openTables } from "./open-tables.ts";
import type { PostgresStoreSettings } from "./settings.ts";
import { PostgresStore } from "./store.ts";

export type { PostgresStoreSettings };

/**
 * The store in a PostgreSQL database, for one server or several.
 *
 * @throws RefusedError `unavailable` when the database cannot be reached or used, or a newer version has been there
 */
export async function postgresStore(settings: PostgresStoreSettings): Promise<Store> {
  const place = databasePlace(settings.url);
  try {
    const { tools, progress, version } = await openTables(settings.url, place, settings.migrations);
    return await PostgresStore.open(settings, tools, progress, version);
  } catch (error) {
    throw startError(error, place);
  }
}
