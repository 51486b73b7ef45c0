import type { Task } from "@tributary/proto/tributary/v1/tasks_pb";
import { useState } from "react";

import { useWatch } from "#api/use-watch.ts";
import { matchesSearch, standsAbove, type TaskSearch } from "#pages/task-search.ts";

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
    const within = (task: Task) => !hasMore || last === undefined || standsAbove(task, last, search);
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
