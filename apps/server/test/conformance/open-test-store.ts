import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type SqliteStoreSettings, sqliteStore } from "#adapters/store/sqlite/index.ts";
import type { Store } from "#core/ports/store.ts";

/** A store in a folder of its own, which both go when it is disposed of. */
export interface TestStore extends AsyncDisposable {
  readonly store: Store;
  readonly file: string;
}

/**
 * Opens a throw-away store: `await using test = await openTestStore()`.
 *
 * It does not wait for the disk, unless the settings say otherwise.
 */
export async function openTestStore(settings: Partial<SqliteStoreSettings> = {}): Promise<TestStore> {
  const folder = mkdtempSync(join(tmpdir(), "tributary-store-"));
  const file = join(folder, "state.db");
  const store = await sqliteStore({
    file,
    sync: (_, done) => void setImmediate(done, null),
    onFatal: (error) => {
      throw error;
    },
    ...settings,
  });
  return {
    store,
    file,
    [Symbol.asyncDispose]: async () => {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}
