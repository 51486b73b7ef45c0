import { firstTables } from "./001-first-tables.ts";
import type { Migration } from "./migration.ts";

/** All migrations, in order. */
export const migrations: readonly Migration[] = [{ number: 1, name: "first-tables", up: firstTables }];
