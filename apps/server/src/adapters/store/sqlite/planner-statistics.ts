import type { Statements } from "./statements.ts";

/**
 * What a store with a million tasks looks like: rows of an index, then rows with the same first column, the same first
 * two, and so on.
 *
 * SQLite chooses between indexes by such numbers. Without them it takes a state for as rare as an id; with those of the
 * store as it happens to be, its choice would change with the weather.
 */
const statistics: Readonly<Record<string, string>> = {
  tasks_retry_of: "1000 1 1",
  tasks_name: "1000000 300000 2 1",
  tasks_request: "1000 1",
  tasks_created: "1000000 2 1 1 1",
  tasks_title: "1000000 1000 1",
  tasks_dialect: "1000000 300000 1",
  tasks_project_name: "800000 20000 2 1",
  tasks_project_id: "800000 20000 2 1",
  tasks_state: "1000000 20000 2 1 1",
  tasks_queued: "1000 2 1 1 1",
  tasks_ended: "900000 2 1 1 1",
  tasks_due: "1000 2 1",
  tasks_blocked: "1000 100 1",
};

/** Tells SQLite's planner what to expect, if that is not told yet. */
export function tellStatistics(statements: Statements): void {
  // Makes the table of statistics, and says so to this connection when it is changed.
  statements.run("analyze sqlite_schema");
  const told = statements.all<{ idx: string; stat: string }>("select idx, stat from sqlite_stat1", []);
  const known = new Map(told.map(({ idx, stat }) => [idx, stat]));
  const entries = Object.entries(statistics);
  if (told.length === entries.length && entries.every(([index, stat]) => known.get(index) === stat)) return;
  statements.run("begin immediate");
  statements.run("delete from sqlite_stat1");
  for (const [index, stat] of entries) {
    statements.run("insert into sqlite_stat1 (tbl, idx, stat) values ('tasks', ?, ?)", [index, stat]);
  }
  statements.run("commit");
  statements.run("analyze sqlite_schema");
}
