import type { TaskPageAsk } from "#core/ports/view.ts";
import { fewTasks } from "../kysely/views/count-tasks.ts";
import type { ReadAsk } from "./thread-messages.ts";

/** Rows that are read within a fraction of a millisecond. */
const fewRows = 200;

/**
 * True for a page that an index has at hand: by creation, of all tasks or of those in some states, without a count. On the
 * loop it takes a quarter of what it takes to be handed to a thread and back.
 */
export function isShort({ name, asked }: ReadAsk): boolean {
  if (name !== "listTasks") return false;
  const [{ filter, order, limit, after }] = asked as [TaskPageAsk];
  const byCreation = order === "created-desc" || order === "created-asc";
  const onlyStates = Object.entries(filter).every(([key, value]) => key === "states" || value === undefined);
  // Few that match are sorted, which may take longer.
  const total = after?.counted?.total ?? 0;
  return byCreation && onlyStates && limit <= fewRows && total > fewTasks;
}
