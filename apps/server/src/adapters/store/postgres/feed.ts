import pg from "pg";
import type { Entry, Position } from "#core/journal/entry.ts";
import { entryOf } from "../kysely/entry-row.ts";
import { JournalTail, type ReadEntries } from "../kysely/journal-tail.ts";
import type { JournalRow, ProgressRow } from "../kysely/schema.ts";
import { connectionSettings, runStatement } from "./connection.ts";
import { channel } from "./locks.ts";

const atOnce = 1_000;
/** Milliseconds between tries to connect again: the first and the longest. */
const firstPause = 100;
const longestPause = 2_000;

export interface FeedSettings {
  readonly url: string;
  readonly pollInterval: number;
  readonly onReachable: (reachable: boolean) => void;
}

/** Entries after a position and the oldest that is kept, both of one moment. */
const entriesText = `
  select oldest, entries.* from progress left join lateral (
    select position, entry from journal where position > $1 order by position limit $2) as entries on true`;

/** Reads entries over a connection. */
export async function readEntries(client: pg.ClientBase, after: Position, limit: number): ReturnType<ReadEntries> {
  type Row = { readonly [K in keyof JournalRow]: JournalRow[K] | null } & Pick<ProgressRow, "oldest">;
  const { rows } = await runStatement<Row>(client, entriesText, [after, limit], true);
  const entries = rows.flatMap(({ position, entry }) =>
    position === null || entry === null ? [] : [entryOf({ position, entry })],
  );
  return { entries, oldest: rows[0]?.oldest ?? 1 };
}

/**
 * Keeps the tail in step with the table, whoever writes: told by a notice that there is more, and by looking now and then
 * in case a notice was lost. Positions are given out in the order of commits, so what is read after a position is all
 * that there will ever be up to the last of it.
 */
export class JournalFeed {
  readonly tail: JournalTail;
  readonly #settings: FeedSettings;
  #client: pg.Client | undefined;
  #reading: Promise<void> | undefined;
  #again = false;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  private constructor(tail: JournalTail, settings: FeedSettings) {
    this.tail = tail;
    this.#settings = settings;
  }

  static async open(
    settings: FeedSettings,
    progress: Pick<ProgressRow, "position" | "oldest">,
    read: ReadEntries,
  ): Promise<JournalFeed> {
    const feed = new JournalFeed(new JournalTail(progress.position, progress.oldest, read), settings);
    feed.#listenWith(await feed.#connect());
    await feed.catchUp();
    return feed;
  }

  /** False from the loss of the database until it is back. */
  get reachable(): boolean {
    return this.#client !== undefined;
  }

  /** Takes the entries of a commit of our own. Resolves when they have been told. */
  async committed(before: Position, entries: readonly Entry[]): Promise<void> {
    if (this.tail.position === before) this.tail.publish(entries);
    await this.reached(entries.at(-1)?.position ?? 0);
  }

  /** Resolves when entries up to a position, which is committed, have been told, or the database is lost. */
  async reached(position: Position): Promise<void> {
    while (this.tail.position < position && this.reachable && !this.#closed) await this.catchUp();
  }

  /** Reads what is new. */
  catchUp(): Promise<void> {
    if (this.#reading !== undefined) {
      this.#again = true;
      return this.#reading;
    }
    this.#reading = this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.tail.close();
    const client = this.#client;
    this.#client = undefined;
    await this.#reading;
    await client?.end().catch(() => {});
  }

  async #read(): Promise<void> {
    const client = this.#client;
    if (client === undefined) return;
    try {
      let isMore = true;
      while (isMore && !this.#closed) {
        this.#again = false;
        const { entries, oldest } = await readEntries(client, this.tail.position, atOnce);
        this.#take(entries, oldest);
        isMore = entries.length === atOnce || this.#again;
      }
    } catch (error) {
      this.#lost(client, error);
    }
  }

  #take(entries: readonly Entry[], oldest: Position): void {
    const { tail } = this;
    // Away for so long that what came next is not kept any more.
    if (oldest > tail.position + 1) tail.skipTo(oldest);
    const fresh = entries.filter(({ position }) => position > tail.position);
    if (fresh.length > 0) tail.publish(fresh);
    tail.trim(oldest);
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client(connectionSettings(this.#settings.url));
    // Told before anybody else can be: an error without a listener would end the process.
    client.on("error", (error) => this.#lost(client, error));
    await client.connect();
    await client.query(`listen ${channel}`);
    return client;
  }

  #listenWith(client: pg.Client): void {
    this.#client = client;
    client.on("notification", ({ payload }) => {
      if (Number(payload) > this.tail.position) void this.catchUp();
    });
    client.on("end", () => this.#lost(client, undefined));
    this.#poll();
  }

  #poll(): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      void this.catchUp().then(() => {
        if (this.reachable) this.#poll();
      });
    }, this.#settings.pollInterval);
  }

  #lost(client: pg.Client, _error: unknown): void {
    if (this.#client !== client || this.#closed) return;
    this.#client = undefined;
    clearTimeout(this.#timer);
    client.end().catch(() => {});
    this.#settings.onReachable(false);
    this.#retry(firstPause);
  }

  #retry(pause: number): void {
    this.#timer = setTimeout(() => void this.#reconnect(pause), pause);
  }

  async #reconnect(pause: number): Promise<void> {
    try {
      const client = await this.#connect();
      if (this.#closed) {
        await client.end();
        return;
      }
      this.#listenWith(client);
      await this.catchUp();
      if (this.reachable) this.#settings.onReachable(true);
    } catch {
      if (!this.#closed) this.#retry(Math.min(longestPause, pause * 2));
    }
  }
}
