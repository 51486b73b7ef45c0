import type { Counted } from "#core/page.ts";
import type { TaskPage, TaskPageAsk } from "#core/ports/view.ts";
import { taskOf } from "../task-row.ts";
import { countTasks, driverOf, fewTasks, mostCounted } from "./count-tasks.ts";
import { cursorValue, readFew, readMany } from "./ordered-tasks.ts";
import type { Snapshot } from "./snapshot.ts";

/** A count is taken for true while the journal goes on by no more entries than this. */
const fewEntries = 10_000;

/**
 * A page of tasks from a place in the order, without a step over those before it.
 *
 * Where few tasks match, they are found by the filter and sorted; where many do, the order's index is walked until the
 * page is full, which is soon. What ended in one stretch of time may lie far down another order, and is rather sorted. They are counted for the first page only, as counting takes longer than all the rest.
 */
export async function listTasks(snapshot: Snapshot, ask: TaskPageAsk): Promise<TaskPage> {
  const driver = await driverOf(snapshot, ask.filter);
  const counted = stillTrue(ask.after?.counted, snapshot) ?? {
    total: await countTasks(snapshot, ask.filter, driver),
    position: snapshot.position,
  };
  const { total } = counted;
  const few = driver === "ended" ? mostCounted : fewTasks;
  const rows = await (total <= few ? readFew(snapshot, ask, driver) : readMany(snapshot, ask, driver));
  const tasks = rows.slice(0, ask.limit).map(taskOf);
  const last = tasks.at(-1);
  return {
    tasks,
    ...(rows.length > ask.limit && last && { next: { value: cursorValue(last, ask.order), id: last.id, counted } }),
    total: Math.min(total, mostCounted),
    totalIsMinimum: total > mostCounted,
    position: snapshot.position,
  };
}

/** Tokens may come back after days, when few have become a million, which nobody may be made to sort. */
function stillTrue(counted: Counted | undefined, { position }: Snapshot): Counted | undefined {
  return counted && Math.abs(position - counted.position) <= fewEntries ? counted : undefined;
}
