import pg from "pg";
import { RefusedError } from "#core/errors.ts";
import type { Entry, Position } from "#core/journal/entry.ts";
import type { Store } from "#core/ports/store.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { View } from "#core/ports/view.ts";
import type { ReadEntries } from "../kysely/journal-tail.ts";
import type { ProgressRow } from "../kysely/schema.ts";
import { views } from "../kysely/views/index.ts";
import { viewOver } from "../kysely/views/view-over.ts";
import { connectionSettings, runStatement } from "./connection.ts";
import { databasePlace } from "./database-place.ts";
import { kyselyOver } from "./dialect.ts";
import { isReadOnly, refusalOf, unreachableError } from "./errors.ts";
import { JournalFeed, readEntries } from "./feed.ts";
import { Habits, type UnitFunction } from "./habits.ts";
import { beginSnapshot, Reading } from "./reading.ts";
import { runUnit, type Work } from "./run-unit.ts";
import type { PostgresStoreSettings } from "./settings.ts";
import type { UnitTools } from "./unit.ts";
import { Writer } from "./writer.ts";

const usualReaders = 8;
const usualPollInterval = 1_000;
/** Milliseconds that a read may wait for a connection. */
const longestWait = 20_000;
/** Journal entries deleted in one unit of work. */
const trimmedAtOnce = 2_000;

/** Of our tables, with their indexes. */
const sizeText = `
  select coalesce(sum(pg_total_relation_size(oid)), 0)::bigint as bytes from pg_class
  where relkind = 'r' and relnamespace = current_schema()::regnamespace`;

interface OpenedWith {
  readonly url: string;
  readonly version: string;
}

export class PostgresStore implements Store {
  readonly version: string;
  readonly #place: string;
  readonly #tools: UnitTools;
  readonly #pool: pg.Pool;
  readonly #writer: Writer;
  readonly #feed: JournalFeed;
  readonly #habits = new Habits();
  readonly #underWay = new Set<Promise<unknown>>();
  #stopped: RefusedError | undefined;
  #closed: Promise<void> | undefined;

  private constructor(place: string, settings: OpenedWith, tools: UnitTools, pool: pg.Pool, feed: JournalFeed) {
    const { url, version } = settings;
    this.version = version;
    this.#place = place;
    this.#tools = tools;
    this.#pool = pool;
    this.#feed = feed;
    this.#writer = new Writer(url, place, tools, (before, entries) => feed.committed(before, entries));
  }

  /** Opens the store over tables that are there. */
  static async open(
    settings: PostgresStoreSettings,
    tools: UnitTools,
    progress: Pick<ProgressRow, "position" | "oldest">,
    version: string,
  ): Promise<PostgresStore> {
    const { url, readers = usualReaders, pollInterval = usualPollInterval } = settings;
    const pool = new pg.Pool({
      ...connectionSettings(url),
      max: readers,
      idleTimeoutMillis: 30_000,
      // Includes the time in which all of them are taken.
      connectionTimeoutMillis: longestWait,
    });
    // An idle connection that breaks is no concern of anybody's.
    pool.on("error", () => {});
    const read: ReadEntries = async (after, limit) => {
      const client = await pool.connect();
      try {
        return await readEntries(client, after, limit);
      } finally {
        client.release();
      }
    };
    try {
      const onReachable = settings.onReachable ?? (() => {});
      const feed = await JournalFeed.open({ url, pollInterval, onReachable }, progress, read);
      return new PostgresStore(databasePlace(url), { url, version }, tools, pool, feed);
    } catch (error) {
      await pool.end();
      throw error;
    }
  }

  readonly view: View = viewOver((name, asked) => this.#read(name, asked));

  transact<I, R>(unit: (tx: Tx, input: I) => Promise<R>, input: I): Promise<R> {
    const answer = this.#transact(unit, (tx) => unit(tx, input));
    return this.#tracked(answer) as Promise<R>;
  }

  async *follow(
    after: Position,
    signal: AbortSignal,
    wants?: (entry: Entry) => boolean,
  ): AsyncIterable<readonly Entry[]> {
    // Another server may have told this position before this one has heard of it.
    if (after > this.#feed.tail.position) await this.#feed.catchUp();
    yield* this.#feed.tail.follow(after, signal, wants);
  }

  position(): Position {
    return this.#feed.tail.position;
  }

  async trim(before: Position): Promise<void> {
    const oldest = await this.#writer.keepFrom(before);
    this.#feed.tail.trim(oldest);
    let deleted: number;
    do {
      deleted = await this.#writer.deleteEntries(oldest, trimmedAtOnce);
    } while (deleted === trimmedAtOnce);
  }

  async size(): Promise<number> {
    const client = await this.#connection();
    try {
      const { rows } = await runStatement<{ bytes: number }>(client, sizeText);
      return rows[0]?.bytes ?? 0;
    } finally {
      client.release();
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #transact(unit: UnitFunction, work: Work): Promise<unknown> {
    this.#refuseUnreachable();
    if (this.#habits.mostlyReads(unit)) {
      const answer = await this.#runReading(work);
      if (answer !== "needs-writer") {
        this.#habits.note(unit, false);
        return answer.value;
      }
    }
    return this.#writer.run(work, (wrote) => this.#habits.note(unit, wrote));
  }

  async #runReading(work: Work): Promise<{ readonly value: unknown } | "needs-writer"> {
    const client = await this.#connection();
    let broken: Error | undefined;
    try {
      const reading = new Reading(client);
      await reading.begin();
      const { ok, value } = await runUnit(work, reading, this.#tools);
      await reading.end();
      if (reading.needsWriter || (!ok && isReadOnly(value))) return "needs-writer";
      if (!ok) throw value;
      return { value };
    } catch (error) {
      if (!(error instanceof RefusedError)) broken = error instanceof Error ? error : new Error(String(error));
      throw refusalOf(error, this.#place);
    } finally {
      client.release(broken);
    }
  }

  /** The answer has the type that the read of this name gives: both ends are of the same table. */
  #read<R>(name: keyof View, asked: readonly unknown[]): Promise<R> {
    return this.#tracked(this.#answer(name, asked)) as Promise<R>;
  }

  /** One snapshot, told when this process has heard of all that is in it. */
  async #answer(name: keyof View, asked: readonly unknown[]): Promise<unknown> {
    this.#refuseUnreachable();
    const client = await this.#connection();
    let broken: Error | undefined;
    let position: Position;
    let answer: unknown;
    try {
      position = await beginSnapshot(client);
      const db = kyselyOver((query, values) => runStatement(client, query.sql, values));
      const view = views[name] as (...given: unknown[]) => Promise<unknown>;
      answer = await view({ db, position }, ...asked);
      await client.query("commit");
    } catch (error) {
      broken = error instanceof Error ? error : new Error(String(error));
      throw refusalOf(error, this.#place);
    } finally {
      client.release(broken);
    }
    await this.#feed.reached(position);
    return answer;
  }

  async #connection(): Promise<pg.PoolClient> {
    try {
      return await this.#pool.connect();
    } catch (error) {
      throw refusalOf(error, this.#place);
    }
  }

  #refuseUnreachable(): void {
    if (this.#stopped) throw this.#stopped;
    if (!this.#feed.reachable) throw unreachableError(this.#place);
  }

  #tracked<R>(answer: Promise<R>): Promise<R> {
    const done = () => void this.#underWay.delete(settled);
    const settled: Promise<void> = answer.then(done, done);
    this.#underWay.add(settled);
    return answer;
  }

  async #close(): Promise<void> {
    this.#stopped = new RefusedError("unavailable", "The server is stopping; try again when it is back.");
    await Promise.all(this.#underWay);
    await this.#writer.close();
    await this.#feed.close();
    await this.#pool.end();
  }
}
