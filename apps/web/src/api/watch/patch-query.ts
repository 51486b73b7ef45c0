import type { Query, QueryClient } from "@tanstack/react-query";

import { type Present, patchAnswer } from "#api/watch/patch-answer.ts";

/** Brings one cached answer up to date with a change; it stays as old as it was. */
export function patchQuery(client: QueryClient, query: Query, change: Present): void {
  const { data, dataUpdatedAt, isInvalidated } = query.state;
  const patched = patchAnswer(data, change);
  if (patched === data) return;
  client.setQueryData(query.queryKey, patched, { updatedAt: dataUpdatedAt });
  // taking over a part does not make the rest any newer
  if (isInvalidated) query.invalidate();
}
