import { DatabaseSync } from "node:sqlite";
import type { Acknowledged } from "./acknowledgements.ts";
import type { LedgerLine } from "./ledger.ts";
import type { Victim } from "./plan.ts";

export interface TaskFact {
  readonly id: number;
  readonly dialect: string;
  readonly name: string;
  readonly state: string;
  readonly attempt: number;
  readonly exitCode: number | null;
  /** From the specification. */
  readonly key: string;
  readonly lines: number;
}

export interface AttemptFact {
  readonly task: number;
  readonly number: number;
  readonly worker: string;
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly exitCode: number | null;
  /** Milliseconds since 1970. */
  readonly assignedAt: number;
  readonly endedAt: number | null;
}

/** What the store says. */
export interface StoreFacts {
  readonly integrity: string;
  readonly tasks: readonly TaskFact[];
  readonly attempts: readonly AttemptFact[];
  /** How often the journal says that a task has ended, by task. */
  readonly ends: ReadonlyMap<number, number>;
}

/** Something that was killed. */
export interface Kill {
  readonly victim: Victim;
  readonly from: number;
  /** When what replaces it was there. */
  readonly until: number;
}

/** Everything that is known of a run of rounds when all its tasks have ended. */
export interface Evidence extends StoreFacts {
  readonly acknowledged: readonly Acknowledged[];
  readonly ledger: readonly LedgerLine[];
  readonly kills: readonly Kill[];
  /** Lines on the standard output of the last attempt, by task. */
  readonly logs: ReadonlyMap<number, readonly string[]>;
}

/** Looks into the database past the server. */
export function readStore(file: string): StoreFacts {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 10_000 });
  try {
    const all = <T>(sql: string) => database.prepare(sql).all() as unknown as T[];
    const integrity = String(Object.values(database.prepare("pragma integrity_check").get() ?? {})[0]);
    const specs = all<TaskFact & { body: string }>(
      "select id, dialect, name, state, attempt, exit_code as exitCode, body from tasks join task_specs on task_id = id",
    );
    return {
      integrity,
      tasks: specs.map(({ body, ...task }) => ({ ...task, key: keyIn(body), lines: linesIn(body) })),
      attempts: all(
        "select task_id as task, number, worker_id as worker, outcome, reason_code as reason, exit_code as exitCode," +
          " assigned_at as assignedAt, ended_at as endedAt from attempts order by task_id, number",
      ),
      ends: countEnds(all<{ entry: string }>("select entry from journal")),
    };
  } finally {
    database.close();
  }
}

function keyIn(spec: string): string {
  return /key\d+\./.exec(spec)?.[0] ?? "";
}

/** In a command or in a variable, whose quotes JSON has escaped or not. */
function linesIn(spec: string): number {
  const match = /COUNT='(\d+)'/.exec(spec) ?? /"COUNT","value":"(\d+)"/.exec(spec);
  return Number(match?.[1]);
}

function countEnds(rows: readonly { readonly entry: string }[]): Map<number, number> {
  const ends = new Map<number, number>();
  for (const { entry } of rows) {
    const { kind, taskId } = JSON.parse(entry) as { kind: string; taskId: number };
    if (kind === "task-ended") ends.set(taskId, (ends.get(taskId) ?? 0) + 1);
  }
  return ends;
}
