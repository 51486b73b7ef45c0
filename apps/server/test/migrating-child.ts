import { migrations } from "#adapters/store/kysely/migrations/index.ts";
import { sqliteStore } from "#adapters/store/sqlite/index.ts";

/** Migrates a database, and stands still after all statements of one step, before it is committed. */
const [file = "", stopAt = ""] = process.argv.slice(2);

await sqliteStore({
  file,
  migrations: migrations.map((migration) => ({
    ...migration,
    async up(...asked: Parameters<typeof migration.up>) {
      await migration.up(...asked);
      if (migration.number !== Number(stopAt)) return;
      process.stdout.write("reached\n");
      await new Promise((resolve) => setTimeout(resolve, 600_000));
    },
  })),
});
