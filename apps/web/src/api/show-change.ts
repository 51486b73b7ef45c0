import { createConnectQueryKey } from "@connectrpc/connect-query";
import type { QueryClient } from "@tanstack/react-query";
import type { Source } from "@tributary/proto/tributary/v1/sources_pb";
import { TaskBatchService } from "@tributary/proto/tributary/v1/task_batches_pb";
import type { Task } from "@tributary/proto/tributary/v1/tasks_pb";

import type { Present } from "#api/watch/patch-answer.ts";
import { patchQuery } from "#api/watch/patch-query.ts";

/** Shows a task as an act just answered it, without waiting for the watch to tell. */
export function showTask(client: QueryClient, task: Task | undefined): void {
  if (task) patch(client, { tasks: new Map([[task.id, task]]), sources: new Map(), deletedSources: new Set() });
}

/** Shows a source as an act just answered it. */
export function showSource(client: QueryClient, source: Source | undefined): void {
  if (source) patch(client, { tasks: new Map(), sources: new Map([[source.id, source]]), deletedSources: new Set() });
}

/** Takes a source out of what is shown. */
export function dropSource(client: QueryClient, id: string): void {
  patch(client, { tasks: new Map(), sources: new Map(), deletedSources: new Set([id]) });
}

/** A batch was begun here: shows it without waiting for the watch to tell. */
export function readBatchesAgain(client: QueryClient): void {
  const schema = TaskBatchService.method.listTaskBatches;
  void client.invalidateQueries({ queryKey: createConnectQueryKey({ schema, cardinality: undefined }) });
}

function patch(client: QueryClient, change: Present): void {
  for (const query of client.getQueryCache().getAll()) patchQuery(client, query, change);
}
