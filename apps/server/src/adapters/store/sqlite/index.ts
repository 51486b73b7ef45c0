import { closeSync, fdatasync, fsyncSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import type { Kysely } from "kysely";
import { RefusedError } from "#core/errors.ts";
import type { Position } from "#core/journal/entry.ts";
import type { Store } from "#core/ports/store.ts";
import { JournalTail } from "../kysely/journal-tail.ts";
import { migrate } from "../kysely/migrate.ts";
import type { Migration } from "../kysely/migrations/migration.ts";
import { compileQueries } from "../kysely/queries.ts";
import type { ProgressRow, Schema } from "../kysely/schema.ts";
import { Checkpoints } from "./checkpoints.ts";
import { kyselyOver, sqliteColumnTypes } from "./dialect.ts";
import { Durability, type Sync } from "./durability.ts";
import { type FolderLock, lockFolder } from "./folder-lock.ts";
import { openWriter } from "./open-database.ts";
import { Readers } from "./readers.ts";
import { ReadyQueue } from "./ready-queue.ts";
import { Statements } from "./statements.ts";
import { trimJournal } from "./trim-journal.ts";
import { Writer } from "./writer.ts";
import { WriterState } from "./writer-state.ts";

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
  /** Memory of the writer for pages of the database; each reader has an eighth of it. */
  readonly cacheMegabytes?: number;
  /** Makes the log durable. */
  readonly sync?: Sync;
  /** Pages of 4 KiB that the database may have, as if the disk were no larger. */
  readonly mostPages?: number;
  /** The steps to the newest tables. */
  readonly migrations?: readonly Migration[];
}

/**
 * The store in one SQLite file of this machine, for one server.
 *
 * @throws RefusedError `unavailable` when another server uses the folder, or a newer version wrote the file
 */
export async function sqliteStore(settings: SqliteStoreSettings): Promise<Store> {
  const folder = dirname(settings.file);
  mkdirSync(folder, { recursive: true });
  const lock = lockFolder(folder);
  try {
    const database = openWriter(settings.file, settings.cacheMegabytes ?? 64);
    try {
      return await openStore(settings, folder, lock, database);
    } catch (error) {
      database.close();
      throw error;
    }
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function openStore(
  settings: SqliteStoreSettings,
  folder: string,
  lock: FolderLock,
  database: DatabaseSync,
): Promise<Store> {
  const { file, cacheMegabytes = 64, onWarning = () => {} } = settings;
  const statements = new Statements(database);
  const db = kyselyOver(database, statements);
  await migrate(db, sqliteColumnTypes, file, settings.migrations);
  if (settings.mostPages !== undefined) database.exec(`pragma max_page_count = ${settings.mostPages}`);
  const log = openLog(file);

  const queries = compileQueries(db);
  const progress = statements.get<ProgressRow>(queries.progress.sql, [])!;
  const durability = new Durability(progress.commits, log, settings.sync ?? fdatasync, fail);
  const readers = new Readers({ file, cacheMegabytes: cacheMegabytes / 8 }, settings.readers ?? 2, durability);
  const tail = new JournalTail(progress.position, progress.oldest, readers.entriesAfter);
  const checkpoints = new Checkpoints(database, file, onWarning);
  const state = new WriterState({ database, statements, db, queries, queue: loadQueue(database) }, progress);
  const writer = new Writer(state, durability, tail, checkpoints, folder);
}
