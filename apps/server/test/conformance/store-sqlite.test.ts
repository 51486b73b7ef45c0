import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sqliteStore } from "#adapters/store/sqlite/index.ts";
import { storeConformance } from "./store.ts";

storeConformance("SQLite", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tributary-store-"));
  return {
    open: () =>
      sqliteStore({
        file: join(folder, "state.db"),
        onFatal: (error) => {
          throw error;
        },
      }),
    remove: async () => rmSync(folder, { recursive: true }),
  };
});
