import type { DatabaseSync } from "node:sqlite";
import { entryOf } from "../kysely/entry-row.ts";
import { compileQueries } from "../kysely/queries.ts";
import type { ProgressRow } from "../kysely/schema.ts";
import { views } from "../kysely/views/index.ts";
import type { Snapshot } from "../kysely/views/snapshot.ts";
import { kyselyOver } from "./dialect.ts";
import { openReader } from "./open-database.ts";
import { Statements } from "./statements.ts";
import type { ReadAsk, ReaderSetting, ReadName } from "./thread-messages.ts";

/** What was read, and the last commit that was seen: it may be told when that is durable. */
export interface Read {
  readonly result: unknown;
  readonly commits: number;
}

/** A connection that only reads: one question at a time, each in a transaction of its own. */
export class SnapshotReader {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  readonly #db: Snapshot["db"];
  readonly #queries: ReturnType<typeof compileQueries>;
  readonly #reads: { readonly [K in ReadName]: (snapshot: Snapshot, ...asked: never[]) => Promise<unknown> };

  constructor({ file, cacheMegabytes }: ReaderSetting) {
    this.#database = openReader(file, cacheMegabytes);
    this.#statements = new Statements(this.#database);
    this.#db = kyselyOver(this.#database, this.#statements);
    this.#queries = compileQueries(this.#db);
    const entriesAfter = async (_: Snapshot, after: number, limit: number) => this.#entriesAfter(after, limit);
    this.#reads = { ...views, entriesAfter };
  }

  /** Nothing but microtasks pass until it answers. Not to be asked again before that. */
  async answer({ name, asked }: ReadAsk): Promise<Read> {
    this.#statements.run("begin");
    try {
      const { commits, position } = this.#progress();
      return { result: await this.#reads[name]({ db: this.#db, position }, ...(asked as never[])), commits };
    } finally {
      this.#statements.run("commit");
    }
  }

  close(): void {
    this.#database.close();
  }

  #entriesAfter(after: number, limit: number) {
    const rows = this.#statements.all<{ position: number; entry: string }>(this.#queries.entriesAfter.sql, [
      after,
      limit,
    ]);
    return { entries: rows.map(entryOf), oldest: this.#progress().oldest };
  }

  #progress(): ProgressRow {
    return this.#statements.get<ProgressRow>(this.#queries.progress.sql, [])!;
  }
}
