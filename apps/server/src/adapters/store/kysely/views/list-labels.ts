import { sql } from "kysely";
import type { View } from "#core/ports/view.ts";
import type { Snapshot } from "./snapshot.ts";

/** Of each label so many tasks are counted. */
const mostCounted = 1_000;

/**
 * Labels after one, from index entry to index entry: however many tasks have a label, it is one step. Keys alone are among
 * them, as entries without a `=`, and are passed over.
 */
export async function listLabels(
  snapshot: Snapshot,
  ask: Parameters<View["listLabels"]>[0],
): Promise<Awaited<ReturnType<View["listLabels"]>>> {
  const labels: { label: string; count: number; isMinimum: boolean }[] = [];
  let { after } = ask;
  while (labels.length <= ask.limit) {
    const label = await nextLabel(snapshot, { ...ask, after });
    if (label === undefined) break;
    after = label;
    if (!label.includes("=")) continue;
    const count = await countLabel(snapshot, label, ask.projectNames);
    labels.push({ label, count: Math.min(count, mostCounted), isMinimum: count > mostCounted });
  }
  return { labels: labels.slice(0, ask.limit), more: labels.length > ask.limit };
}

type Place = Parameters<View["listLabels"]>[0];

/** The first one after a place, of all projects or of the first project that has one. */
async function nextLabel(snapshot: Snapshot, { prefix, after, projectNames }: Place): Promise<string | undefined> {
  const found: string[] = [];
  for (const name of projectNames ?? [undefined]) {
    const row = await snapshot.db
      .selectFrom("task_labels")
      .select("label")
      .where("label", ">", after)
      .where("label", ">=", prefix)
      .$if(name !== undefined, (query) => query.where("label_project", "=", name as string))
      .orderBy("label")
      .limit(1)
      .executeTakeFirst();
    if (row?.label.startsWith(prefix)) found.push(row.label);
  }
  return found.sort(byCodePoint)[0];
}

/** As the databases sort. */
function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

async function countLabel(
  { db }: Snapshot,
  label: string,
  projectNames: readonly string[] | undefined,
): Promise<number> {
  const rows = db
    .selectFrom("task_labels")
    .select(sql.lit(1).as("one"))
    .where("label", "=", label)
    .$if(projectNames !== undefined, (query) => query.where("label_project", "in", projectNames as string[]))
    .limit(mostCounted + 1);
  const { count } = await db
    .selectFrom(rows.as("rows"))
    .select(({ fn }) => fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  return Number(count);
}
