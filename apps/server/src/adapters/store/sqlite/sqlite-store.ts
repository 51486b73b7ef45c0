import { closeSync, fdatasync, fdatasyncSync, fsyncSync, openSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { backup as copyDatabase, type DatabaseSync } from "node:sqlite";
import { RefusedError } from "#core/errors.ts";
import type { Entry, Position } from "#core/journal/entry.ts";
import type { Store } from "#core/ports/store.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { View } from "#core/ports/view.ts";
import { JournalTail } from "../kysely/journal-tail.ts";
import { migrate } from "../kysely/migrate.ts";
import { compileQueries } from "../kysely/queries.ts";
import type { ProgressRow } from "../kysely/schema.ts";
import { Checkpoints } from "./checkpoints.ts";
import { kyselyOver, sqliteColumnTypes } from "./dialect.ts";
import { Durability } from "./durability.ts";
import { findDamage } from "./find-damage.ts";
import type { FolderLock } from "./folder-lock.ts";
import { JournalEraser } from "./journal-eraser.ts";
import { defaultCacheMegabytes, openReader } from "./open-database.ts";
import { tellStatistics } from "./planner-statistics.ts";
import { QueueLoader } from "./queue-loader.ts";
import { Readers } from "./readers.ts";
import { ReadyQueue } from "./ready-queue.ts";
import type { SqliteStoreSettings } from "./settings.ts";
import { Statements } from "./statements.ts";
import { Writer } from "./writer.ts";
import { WriterState } from "./writer-state.ts";

/** Milliseconds between two looks at the queue that nobody waits for; one look takes a fifth of that. */
const idleBetweenSlices = 20;

/** Milliseconds from the opening in which the queue is looked at for those who wait only: the server is about to listen. */
const leftAlone = 500;

/** Opens the store over a connection and a lock, which become its own. */
export async function openSqliteStore(
  settings: SqliteStoreSettings,
  database: DatabaseSync,
  lock: FolderLock,
): Promise<Store> {
  const statements = new Statements(database);
  const db = kyselyOver(database, statements);
  await migrate(db, sqliteColumnTypes, settings.file, settings.migrations);
  tellStatistics(statements);
  if (settings.mostPages !== undefined) database.exec(`pragma max_page_count = ${settings.mostPages}`);
  const queries = compileQueries(db);
  const progress = statements.get<ProgressRow>(queries.progress.sql, [])!;
  const log = openLog(settings.file);
  const state = new WriterState({ database, statements, db, queries, queue: new ReadyQueue() }, progress);
  return new SqliteStore(settings, state, log, lock);
}

/** Opens the log for syncs, and makes durable what an earlier process left in it. */
function openLog(file: string): number {
  const log = openSync(`${file}-wal`, "r+");
  fsyncSync(log);
  const folder = openSync(dirname(file), "r");
  fsyncSync(folder);
  closeSync(folder);
  return log;
}

class SqliteStore implements Store {
  readonly #database: DatabaseSync;
  readonly #file: string;
  readonly #log: number;
  readonly #lock: FolderLock;
  readonly #durability: Durability;
  readonly #readers: Readers;
  readonly #tail: JournalTail;
  readonly #checkpoints: Checkpoints;
  readonly #writer: Writer;
  readonly #eraser: JournalEraser;
  readonly #loader: QueueLoader;
  readonly #warn: (problem: string) => void;
  readonly #opened = performance.now();
  readonly version = process.versions.sqlite ?? "";
  #closed: Promise<void> | undefined;

  constructor(settings: SqliteStoreSettings, state: WriterState, log: number, lock: FolderLock) {
    const { file, cacheMegabytes = defaultCacheMegabytes, sync, onFatal, onWarning = () => {} } = settings;
    const { commits, position, oldest } = state.progress;
    this.#database = state.database;
    this.#file = file;
    this.#log = log;
    this.#lock = lock;
    this.#warn = onWarning;
    const failed = (error: Error) => {
      this.#writer.abandon(error);
      this.#tail.close();
      onFatal?.(error);
    };
    const syncNow = sync ? undefined : fdatasyncSync;
    this.#durability = new Durability(commits, log, sync ?? fdatasync, failed, { syncNow, onSync: settings.onSync });
    this.#readers = new Readers({ file, cacheMegabytes: cacheMegabytes / 8 }, settings.readers ?? 2, this.#durability);
    this.#tail = new JournalTail(position, oldest, this.#readers.entriesAfter);
    this.#checkpoints = new Checkpoints(state.database, file, onWarning);
    this.#writer = new Writer(state, this.#durability, dirname(file), {
      committed: () => this.#checkpoints.committed(),
      durable: (entries) => this.#tail.publish(entries),
    });
    const erase = (before: Position, count: number) =>
      this.#writer.run(async ({ unit }) => unit.deleteEntries(before, count));
    this.#eraser = new JournalEraser(erase, onWarning);
    this.#loader = new QueueLoader(state.database, state.queue);
    const { queue } = state;
    this.view = {
      ...this.#readers.view,
      // In its turn among the units, so that what one of them has taken is not missed.
      listQueuedKinds: (ask) =>
        this.#writer.run(async () => ({ ...queue.kinds(ask), position: state.progress.position })),
    };
    this.#loadQueue();
  }

  readonly view: View;

  transact<I, R>(unit: (tx: Tx, input: I) => Promise<R>, input: I): Promise<R> {
    return this.#writer.run(({ tx }) => unit(tx, input));
  }

  follow(after: Position, signal: AbortSignal, wants?: (entry: Entry) => boolean): AsyncIterable<readonly Entry[]> {
    return this.#tail.follow(after, signal, wants);
  }

  position(): Position {
    return this.#tail.position;
  }

  async trim(before: Position): Promise<void> {
    const oldest = await this.#writer.run(async ({ unit }) => unit.keepFrom(before));
    this.#tail.trim(oldest);
    this.#eraser.eraseBefore(oldest);
  }

  readonly backup = async (file: string): Promise<void> => {
    await this.#durability.settled();
    const source = openReader(this.#file, 8);
    try {
      // All pages in one step, which is off the loop: a copy in steps begins anew with every commit in between.
      await copyDatabase(source, file, { rate: 2 ** 30 });
    } finally {
      source.close();
    }
  };

  readonly findDamage = (): Promise<readonly string[]> => findDamage(this.#file);

  async size(): Promise<number> {
    const sizes = ["", "-wal"].map((ending) => statSync(`${this.#file}${ending}`, { throwIfNoEntry: false })?.size);
    return sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /**
   * Loads the beginning of the queue at once, and the rest as the loop goes on: now and then until a unit waits for it, as
   * a server that starts has other things to do first.
   */
  #loadQueue(): void {
    if (!this.#loader.load()) {
      this.#writer.queueLoaded();
      return;
    }
    const goOn = () => {
      if (this.#closed) return;
      if (this.#writer.awaitsQueue || performance.now() > this.#opened + leftAlone) this.#loadQueue();
      else setTimeout(goOn, idleBetweenSlices);
    };
    if (this.#writer.awaitsQueue) setImmediate(goOn);
    else setTimeout(goOn, idleBetweenSlices);
  }

  async #close(): Promise<void> {
    this.#eraser.stop();
    while (this.#loader.load());
    this.#writer.queueLoaded();
    this.#writer.stop(new RefusedError("unavailable", "The server is stopping; try again when it is back."));
    await this.#writer.idle();
    await this.#durability.settled();
    this.#tail.close();
    await this.#readers.close();
    await this.#checkpoints.close();
    try {
      this.#database.exec("pragma wal_checkpoint(truncate)");
    } catch (error) {
      // The log stays, with all that is in it, and the next server reads it.
      this.#warn(`the log could not be moved into the database: ${String(error)}`);
    }
    this.#database.close();
    closeSync(this.#log);
    this.#lock.release();
  }
}
