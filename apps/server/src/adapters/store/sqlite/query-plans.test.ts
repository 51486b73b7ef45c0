import { DatabaseSync } from "node:sqlite";
import { beforeAll, describe, expect, test } from "vitest";
import type { TaskOrder } from "#core/ports/view.ts";
import type { TaskState } from "#core/tasks/task.ts";
import type { TaskFilter } from "#core/tasks/task-filter.ts";
import { migrate } from "../kysely/migrate.ts";
import { compileQueries, type Queries } from "../kysely/queries.ts";
import type { Value } from "../kysely/schema.ts";
import { countTasks, type driverOf } from "../kysely/views/count-tasks.ts";
import { views } from "../kysely/views/index.ts";
import { readMany } from "../kysely/views/ordered-tasks.ts";
import type { Snapshot } from "../kysely/views/snapshot.ts";
import { kyselyOver, sqliteColumnTypes } from "./dialect.ts";
import { tellStatistics } from "./planner-statistics.ts";
import { QueueLoader } from "./queue-loader.ts";
import { ReadyQueue } from "./ready-queue.ts";
import { Statements } from "./statements.ts";

/** Statements that remember what was run. */
class Recording extends Statements {
  readonly texts = new Set<string>();

  override all<R>(text: string, parameters: readonly Value[]): R[] {
    this.texts.add(text);
    return super.all(text, parameters);
  }
}

const database = new DatabaseSync(":memory:");
const statements = new Recording(database);
const db = kyselyOver(database, statements);
const snapshot: Snapshot = { db, position: 0 };

beforeAll(async () => {
  await migrate(db, sqliteColumnTypes, "memory");
  tellStatistics(statements);
});

/** The steps of all that is run meanwhile. */
async function plansOf(act: () => Promise<unknown>): Promise<string[]> {
  statements.texts.clear();
  await act();
  return [...statements.texts].flatMap((text) => {
    const parameters: number[] = Array(text.split("?").length - 1).fill(0);
    const steps = database.prepare(`explain query plan ${text}`).all(...parameters);
    return steps.map(({ detail }) => String(detail));
  });
}

/** Steps whose time grows with the whole table, or with all that matches. */
const slow = (step: string) =>
  (/^SCAN tasks/.test(step) && !/USING (COVERING )?INDEX/.test(step)) || /USE TEMP B-TREE/.test(step);

type Driver = Awaited<ReturnType<typeof driverOf>>;

const lists: readonly (readonly [name: string, filter: TaskFilter, driver: Driver, index: RegExp])[] = [
  ["all", {}, "none", /tasks_created/],
  ["a state", { states: ["failed"] }, "states", /tasks_state/],
  ["a state of a dialect", { states: ["failed"], dialects: ["ame"] }, "states", /tasks_state/],
  ["a project", { projectName: "p" }, "project", /tasks_project_name/],
  ["a project id", { projectId: "p", states: ["failed"] }, "project", /tasks_project_id/],
  ["a dialect", { dialects: ["ame", "flyte"] }, "none", /tasks_created/],
  ["a text", { text: "x", createdAfter: 5 }, "none", /tasks_created/],
  ["a title", { title: "x" }, "title", /tasks_created/],
  ["a label", { labels: ["team=x", "b"], createdAfter: 5 }, "labels", /INDEX task_labels_label/],
  ["a label of a state", { labels: ["team=x"], states: ["failed"] }, "states", /tasks_state/],
  ["a range of ends", { endedAfter: 5, endedBefore: 9 }, "ended", /tasks_created/],
  ["a range of ends of a state", { endedAfter: 5, states: ["failed"], createdAfter: 3 }, "ended", /tasks_state/],
  ["a length", { ran: { atLeast: 5, now: 9 }, endedAfter: 5 }, "none", /tasks_created/],
];

const orderIndex: Readonly<Partial<Record<TaskOrder, RegExp>>> = {
  "title-asc": /tasks_title/,
  "title-desc": /tasks_title/,
  "ended-desc": /tasks_ended/,
};

describe("pages of long lists walk an index and never sort", () => {
  for (const order of ["created-desc", "created-asc", "title-asc", "title-desc", "ended-desc"] as const) {
    for (const [name, filter, driver, index] of lists) {
      test(`${order}, ${name}`, async () => {
        for (const after of [undefined, { value: 7, id: 7 }]) {
          const ask = { filter, order, limit: 10, ...(after && { after }) };
          const plans = await plansOf(() => readMany(snapshot, ask, driver));
          expect(plans.filter((step) => slow(step) && !/ORDER BY/.test(step))).toEqual([]);
          const expected = orderIndex[order] ?? index;
          expect(plans.filter((step) => /(tasks|labels) USING/.test(step) && expected.test(step))).not.toEqual([]);
        }
      });
    }
  }
});

describe("counts touch indexes only, or the filter's index", () => {
  const counts: readonly (readonly [TaskFilter, Driver, RegExp])[] = [
    [{}, "none", /COVERING/],
    [{ states: ["failed", "queued"], dialects: ["ame"] }, "states", /COVERING INDEX tasks_state/],
    [{ text: "x" }, "none", /COVERING INDEX tasks_created/],
    [{ dialects: ["ame"] }, "dialects", /COVERING INDEX tasks_/],
    [{ projectName: "p", states: ["failed"] }, "project", /INDEX tasks_project_name/],
    [{ labels: ["team=x"], createdAfter: 5 }, "labels", /SEARCH tasks USING INTEGER PRIMARY KEY/],
    [{ endedAfter: 5, endedBefore: 9 }, "ended", /COVERING INDEX tasks_ended \(ended_at>\? AND ended_at<\?\)/],
    [
      { endedAfter: 5, endedBefore: 9, ran: { atLeast: 5, atMost: 7, now: 9 }, states: ["failed"] },
      "ended",
      /COVERING INDEX tasks_ended \(ended_at>\? AND ended_at<\?\)/,
    ],
    [{ title: "x", states: ["failed"] }, "title", /INDEX tasks_title \(sort_title=\?\)/],
  ];
  for (const [filter, driver, index] of counts) {
    test(JSON.stringify(filter), async () => {
      const plans = await plansOf(() => countTasks(snapshot, filter, driver));
      expect(plans.filter((step) => /tasks USING/.test(step)).join()).toMatch(index);
    });
  }
});

test("labels and what repeats a task are found by indexes", async () => {
  const plans = await plansOf(async () => {
    await views.listLabels(snapshot, { prefix: "a", after: "b", limit: 5 });
    await views.listLabels(snapshot, { prefix: "a", after: "b", limit: 5, projectNames: ["p"] });
    await views.getLineage(snapshot, 7);
  });
  expect(plans.filter(slow).filter((step) => !/ORDER BY/.test(step))).toEqual([]);
  for (const index of ["task_labels_label", "task_labels_project", "tasks_retry_of"]) {
    expect(plans.join("\n")).toContain(index);
  }
});

test("counting open tasks reads indexes, and sorts nothing", async () => {
  const plans = await plansOf(() => views.countOpenTasks(snapshot));
  expect(plans.filter(slow)).toEqual([]);
  expect(plans.every((step) => /COVERING INDEX tasks_(state|queued)/.test(step))).toBe(true);
});

test("an overview reads indexes, and sorts the few that run", async () => {
  const plans = await plansOf(() => views.overview(snapshot, 5));
  expect(plans.filter((step) => /^SCAN tasks\b/.test(step))).toEqual([]);
  for (const index of ["tasks_state", "tasks_created", "tasks_ended", "tasks_queued", "tasks_blocked"]) {
    expect(plans.join("\n")).toContain(index);
  }
});

test("a dialect's lists use its index or that of the states", async () => {
  const list = (ask: { states?: readonly TaskState[]; after: number }) =>
    plansOf(() => views.listCommands(snapshot, { dialect: "ame", limit: 5, ...ask }));
  expect((await list({ after: 0 })).join()).toContain("tasks_dialect");
  expect((await list({ after: 0, states: ["active"] })).join()).toContain("tasks_state");
  for (const states of [undefined, ["active"], ["failed"]] as const) {
    const next = await list({ after: 7, ...(states && { states }) });
    expect(next.join()).toMatch(/tasks_dialect \(dialect=\? AND id>\?\)/);
  }
  const newest = await plansOf(() => views.listNewest(snapshot, "ame", 5));
  expect(newest.join()).toMatch(/tasks_state.*tasks_dialect/);
  expect(newest.filter(slow)).toEqual([]);
});

describe("the queries of hot units use the index that is meant for them", () => {
  const indexes: Readonly<Record<keyof Queries, RegExp>> = {
    tasksByName: /INDEX tasks_name \(dialect=\? AND name=\?\)/,
    tasksByProjectAndName: /INDEX tasks_name \(dialect=\? AND name=\? AND project_id=\?\)/,
    tasksByRequest: /INDEX tasks_request/,
    tasksDue: /INDEX tasks_due/,
    nextDue: /COVERING INDEX tasks_due/,
    dependenciesOn: /INDEX dependencies_on \(on_task_id=\?\)/,
    currentAttempts: /INDEX attempts_current/,
    currentDemands: /INDEX attempts_current/,
    workersByNumber: /INDEX workers_number \(number=\?\)/,
    takersOfKind: /INDEX workers_takers \(kind=\? AND takes=\?\)/,
    entriesAfter: /SEARCH journal USING INTEGER PRIMARY KEY/,
    progress: /SCAN progress/,
  };
  const queries = compileQueries(db);
  // They look at few rows: those of one name, or what one worker has.
  const sorting = ["tasksByName", "currentDemands"];
  for (const [name, index] of Object.entries(indexes)) {
    test(name, async () => {
      const { sql } = queries[name as keyof Queries];
      const plans = await plansOf(async () => statements.texts.add(sql));
      expect(plans.join()).toMatch(index);
      expect(plans.filter((step) => slow(step) && !sorting.includes(name))).toEqual([]);
    });
  }
});

test("the queue is loaded from its index alone", () => {
  const texts: string[] = [];
  const prepare = database.prepare.bind(database);
  database.prepare = (text) => {
    texts.push(text);
    return prepare(text);
  };
  new QueueLoader(database, new ReadyQueue()).load();
  database.prepare = prepare;
  const [step] = database.prepare(`explain query plan ${texts[0]}`).all(0, 0, 0);
  expect(step?.detail).toMatch(/COVERING INDEX tasks_queued/);
});
