import type { Task } from "@tributary/proto/tributary/v1/tasks_pb";
import { useState } from "react";

import { toMs } from "#api/time.ts";
import { useWatch } from "#api/use-watch.ts";
import { matchesSearch, standsAbove, startOf, type TaskSearch } from "#pages/task-search.ts";

interface Shown {
  readonly rows: readonly Task[];
  readonly search: TaskSearch;
  readonly hasMore: boolean;
  readonly now: number;
  readonly loading: boolean;
}

/**
 * Counts tasks that came, or came to match, since the list was read, and would stand among its rows. They wait until
 * the reader asks for them, so that nothing jumps.
 */
export function useNewTasks({ rows, search, hasMore, now, loading }: Shown): {
  readonly count: number;
  readonly clear: () => void;
} {
  const [fresh, setFresh] = useState<ReadonlySet<number>>(new Set());
  const start = startOf(search);
  const key = JSON.stringify(search);
  const [countedFor, setCountedFor] = useState(key);
  if (countedFor !== key) {
    setCountedFor(key);
    setFresh(new Set());
  }
  useWatch((change) => {
    if (loading || change.tasks.size === 0) return;
    const known = new Set(rows.map((row) => row.id));
    const last = rows.at(-1);
    // what stands below the last row that is loaded comes with the next page
    const above = (task: Task) => start !== undefined && isBeforeStart(task, start, search);
    const within = (task: Task) => !above(task) && (!hasMore || last === undefined || standsAbove(task, last, search));
    const changed = [...change.tasks.values()].filter((task) => !known.has(task.id));
    setFresh((old) => {
      const next = new Set(old);
      for (const task of changed) {
        if (matchesSearch(task, search, now) && within(task)) next.add(task.id);
        else next.delete(task.id);
      }
      return next.size === old.size && [...next].every((id) => old.has(id)) ? old : next;
    });
  });
  return { count: fresh.size, clear: () => setFresh(new Set()) };
}

/** Whether a task stands above a list that begins at a time. */
function isBeforeStart(task: Task, start: number, { order = "newest" }: TaskSearch): boolean {
  const created = toMs(task.createTime) ?? 0;
  return order === "newest" ? created > start : created < start;
}
