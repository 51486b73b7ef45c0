import type { SavedView } from "@tributary/proto/tributary/v1/saved_views_pb";

import { parseSearch, writeSearch } from "#pages/search.ts";
import { readTaskSearch, type TaskSearch } from "#pages/task-search.ts";

/** What a view keeps of a search: all but which view it is. */
export function toQuery({ view: _, at: __, ...search }: TaskSearch): string {
  return writeSearch({ ...search }).replace(/^\?/, "");
}

/** The search that a view shows. */
export function searchOf({ id, query }: SavedView): TaskSearch {
  return { ...readTaskSearch(parseSearch(query)), view: id };
}

/** Whether the list shows something else than the view by whose name it goes. */
export function differs(view: SavedView, search: TaskSearch): boolean {
  return toQuery(searchOf(view)) !== toQuery(search);
}
