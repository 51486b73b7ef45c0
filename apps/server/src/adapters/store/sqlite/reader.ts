import { parentPort, workerData } from "node:worker_threads";
import { entryOf } from "../kysely/entry-row.ts";
import { compileQueries } from "../kysely/queries.ts";
import type { ProgressRow } from "../kysely/schema.ts";
import { views } from "../kysely/views/index.ts";
import type { Snapshot } from "../kysely/views/snapshot.ts";
import { kyselyOver } from "./dialect.ts";
import { openReader } from "./open-database.ts";
import { Statements } from "./statements.ts";
import type { ReadAnswer, ReadAsk, ReaderSetting, ReadName } from "./thread-messages.ts";

// A thread with a connection that only reads: one question at a time, each in a transaction of its own.

const { file, cacheMegabytes } = workerData as ReaderSetting;
const database = openReader(file, cacheMegabytes);
const statements = new Statements(database);
const db = kyselyOver(database, statements);
const queries = compileQueries(db);
const port = parentPort!;

const reads: { readonly [K in ReadName]: (snapshot: Snapshot, ...asked: never[]) => Promise<unknown> } = {
  ...views,
  entriesAfter,
};

async function entriesAfter(_: Snapshot, after: number, limit: number) {
  const rows = statements.all<{ position: number; entry: string }>(queries.entriesAfter.sql, [after, limit]);
  const progress = statements.get<ProgressRow>(queries.progress.sql, []);
  return { entries: rows.map(entryOf), oldest: progress!.oldest };
}

async function answer({ name, asked }: ReadAsk): Promise<ReadAnswer> {
  statements.run("begin");
  try {
    const { commits, position } = statements.get<ProgressRow>(queries.progress.sql, [])!;
    return { result: await reads[name]({ db, position }, ...(asked as never[])), commits };
  } finally {
    statements.run("commit");
  }
}

port.on("message", (message: ReadAsk | "close") => void take(message));

async function take(message: ReadAsk | "close"): Promise<void> {
  if (message === "close") {
    database.close();
    port.close();
    return;
  }
  try {
    port.postMessage(await answer(message));
  } catch (error) {
    port.postMessage({ failure: error instanceof Error ? error.message : String(error) } satisfies ReadAnswer);
  }
}
