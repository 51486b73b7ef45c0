import { fdatasyncSync, openSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { sqliteStore } from "../../apps/server/src/adapters/store/sqlite/index.ts";
import { withTemporaryFolder } from "../harness/temporary-folder.ts";
import { drainInCore } from "./drain-in-core.ts";

type Row = Record<string, SQLInputValue>;

const batch = 500;

/** What the core left of some tasks: the rows that are to be written by hand. */
interface Left {
  readonly tasks: readonly Row[];
  readonly specs: readonly Row[];
  readonly attempts: readonly Row[];
  readonly entries: readonly Row[];
}

let left: Left | undefined;

async function rowsLeft(tasks: number): Promise<Left> {
  await drainInCore(tasks, async (file) => {
    const database = new DatabaseSync(file, { readOnly: true });
    const all = (table: string, order: string) =>
      database.prepare(`select * from ${table} order by ${order}`).all() as Row[];
    left = {
      tasks: all("tasks", "id"),
      specs: all("task_specs", "task_id"),
      attempts: all("attempts", "task_id"),
      entries: all("journal", "position"),
    };
    database.close();
  });
  return left!;
}

/**
 * The floor of W1: the same rows in the same tables, written with prepared statements in transactions of 500, each made
 * durable before the next; answers tasks a second.
 */
export async function rawRows(tasks: number): Promise<number> {
  const rows = left ?? (await rowsLeft(tasks));
  return withTemporaryFolder(async (folder) => {
    const file = join(folder, "tributary.db");
    await (await sqliteStore({ file })).close();
    const database = new DatabaseSync(file);
    database.exec("pragma journal_mode = wal; pragma synchronous = normal; pragma wal_autocheckpoint = 8000");
    database.exec("pragma cache_size = -32768");
    const writer = new RawWriter(database, `${file}-wal`);
    writer.queue(rows);
    const started = performance.now();
    for (let from = 0; from < tasks; from += batch) {
      const some = (all: readonly Row[]) => all.slice(from, from + batch);
      writer.claim(some(rows.tasks), some(rows.attempts));
      writer.end(some(rows.tasks), some(rows.attempts));
    }
    const rate = tasks / ((performance.now() - started) / 1_000);
    database.close();
    return rate;
  });
}

class RawWriter {
  readonly #database: DatabaseSync;
  readonly #log: number;
  #position = 0;
  readonly #insert = new Map<string, (row: Row) => void>();

  constructor(database: DatabaseSync, log: string) {
    this.#database = database;
    this.#log = openSync(log, "r+");
    this.#commit(() => undefined);
  }

  queue({ tasks, specs }: Left): void {
    this.#commit(() => {
      for (const task of tasks)
        this.#put("tasks", { ...task, state: "queued", attempt: 0, phase: null, worker_id: null, ended_at: null });
      for (const spec of specs) this.#put("task_specs", spec);
    });
  }

  claim(tasks: readonly Row[], attempts: readonly Row[]): void {
    const claim = this.#database.prepare(
      "update tasks set state = 'active', attempt = 1, phase = 'assigned', worker_id = ? where id = ? and state = 'queued'",
    );
    this.#commit(() => {
      for (const { worker_id, id } of tasks) claim.run(worker_id!, id!);
      for (const attempt of attempts)
        this.#put("attempts", { ...attempt, phase: "assigned", outcome: null, ended_at: null, exit_code: null });
      for (const { id } of tasks) this.#append("attempt-assigned", id!);
    });
  }

  end(tasks: readonly Row[], attempts: readonly Row[]): void {
    const task = this.#database.prepare(
      "update tasks set state = ?, phase = ?, ended_at = ?, exit_code = ? where id = ? and state = 'active'",
    );
    const attempt = this.#database.prepare(
      "update attempts set phase = ?, sequence = 1, outcome = ?, ended_at = ?, exit_code = ? where task_id = ? and number = 1",
    );
    this.#commit(() => {
      for (const row of tasks) task.run(row.state!, row.phase!, row.ended_at!, row.exit_code!, row.id!);
      for (const row of attempts) attempt.run(row.phase!, row.outcome!, row.ended_at!, row.exit_code!, row.task_id!);
      for (const { id } of tasks) {
        this.#append("attempt-ended", id!);
        this.#append("task-ended", id!);
      }
    });
  }

  #commit(write: () => void): void {
    this.#database.exec("begin immediate");
    write();
    this.#database.exec("commit");
    fdatasyncSync(this.#log);
  }

  #append(kind: string, taskId: SQLInputValue): void {
    const entry = JSON.stringify({ kind, taskId, attempt: 1, workerId: "w", at: Date.now() });
    this.#put("journal", { position: ++this.#position, entry });
  }

  #put(table: string, row: Row): void {
    let put = this.#insert.get(table);
    if (!put) {
      const names = Object.keys(row);
      const sql = `insert into ${table} (${names.join(", ")}) values (${names.map(() => "?").join(", ")})`;
      const statement = this.#database.prepare(sql);
      put = (values) => void statement.run(...names.map((name) => values[name]!));
      this.#insert.set(table, put);
    }
    put(row);
  }
}
