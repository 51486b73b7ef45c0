import type { Query, QueryClient } from "@tanstack/react-query";
import { DataSetService } from "@tributary/proto/tributary/v1/data_sets_pb";
import { ModelService } from "@tributary/proto/tributary/v1/models_pb";
import { OverviewService } from "@tributary/proto/tributary/v1/overview_pb";
import { ProjectService } from "@tributary/proto/tributary/v1/projects_pb";
import { SavedViewService } from "@tributary/proto/tributary/v1/saved_views_pb";
import { ScheduleService } from "@tributary/proto/tributary/v1/schedules_pb";
import { SecretService } from "@tributary/proto/tributary/v1/secrets_pb";
import { StagedFileService } from "@tributary/proto/tributary/v1/staged_files_pb";
import { TaskBatchService } from "@tributary/proto/tributary/v1/task_batches_pb";
import { TaskService } from "@tributary/proto/tributary/v1/tasks_pb";
import { TokenService } from "@tributary/proto/tributary/v1/tokens_pb";
import type { WatchResponse } from "@tributary/proto/tributary/v1/watch_pb";
import { WorkerService } from "@tributary/proto/tributary/v1/workers_pb";

import { type Change, mergeMessages } from "#api/watch/change.ts";
import { createLateAnswers } from "#api/watch/late-answers.ts";
import { movedTask, type Present } from "#api/watch/patch-answer.ts";
import { patchQuery } from "#api/watch/patch-query.ts";
import { createRefresh, type Refresh } from "#api/watch/refresh.ts";

export interface CacheFeed {
  /** A message of the watch; put together with others for some milliseconds before it shows. */
  readonly take: (message: WatchResponse) => void;
  /** Changes may have been missed: reads everything again. */
  readonly readAgain: () => void;
}

export interface CacheFeedOptions {
  readonly client: QueryClient;
  readonly signal: AbortSignal;
  /** Told of each change after the cache has taken it. */
  readonly onChange: (change: Change) => void;
  /** Milliseconds in which messages are put together. */
  readonly gather?: number;
  /** Least milliseconds between two reads of the same thing. */
  readonly every?: number;
}

/** Keeps the query cache in step with the server. */
export function createCacheFeed({ client, signal, onChange, gather = 40, every = 1500 }: CacheFeedOptions): CacheFeed {
  const refresh = createRefresh(client, every, signal);
  // one task is little to read, and somebody looks at just this one
  const refreshTask = createRefresh(client, every / 5, signal);
  const patch = (query: Query, change: Present) => {
    const moved = movedTask(query.state.data, change);
    patchQuery(client, query, change);
    if (moved !== undefined) refreshTask(TaskService.method.getTask, { id: moved });
  };
  const late = createLateAnswers(client, patch);
  let gathered: WatchResponse[] = [];
  let begun = false;

  const flush = () => {
    const change = mergeMessages(gathered);
    gathered = [];
    if (signal.aborted) return;
    late.note(change);
    if (touches(change)) for (const query of client.getQueryCache().getAll()) patch(query, change);
    refreshAll(refresh, change);
    onChange(change);
  };
  const unsubscribe = client.getQueryCache().subscribe(late.onEvent);
  signal.addEventListener("abort", unsubscribe);

  return {
    take(message) {
      if (!begun) late.begin(message.position);
      begun = true;
      if (message.heartbeat) return;
      if (gathered.push(message) === 1) setTimeout(flush, gather);
    },
    readAgain: () => void client.invalidateQueries(),
  };
}

function touches(change: Present): boolean {
  return change.tasks.size + change.sources.size + change.deletedSources.size > 0;
}

function refreshAll(refresh: Refresh, change: Change): void {
  const sources = change.sources.size + change.deletedSources.size > 0;
  if (change.overflowed) {
    refresh(TaskService.method.listTasks);
    refresh(TaskService.method.getTask);
  }
  if (change.projects) {
    refresh(ProjectService.method.listProjects);
    refresh(ProjectService.method.getProject);
  }
  if (change.secrets || change.projects || sources) refresh(SecretService.method.listSecrets);
  if (change.secrets) {
    refresh(SecretService.method.listSecretVersions);
    refresh(SecretService.method.getKeyRing);
  }
  // the state of a data set is that of the task that makes it
  if (change.models || change.tasks.size > 0) {
    refresh(ModelService.method.listModels);
    refresh(ModelService.method.getModel);
  }
  if (change.dataSets || change.tasks.size > 0) refresh(DataSetService.method.listDataSets);
  // a schedule tells how the task stands that it started last
  if (change.schedules || change.tasks.size > 0) {
    refresh(ScheduleService.method.listSchedules);
    refresh(ScheduleService.method.getSchedule);
  }
  if (change.schedules) refresh(ScheduleService.method.listCalendar);
  if (change.savedViews) refresh(SavedViewService.method.listSavedViews);
  if (change.taskBatches) refresh(TaskBatchService.method.listTaskBatches);
  if (change.tokens) refresh(TokenService.method.listTokens);
  if (change.workers) refresh(WorkerService.method.listWorkers);
  // what a worker has taken is told with its tasks
  if (change.workers || change.tasks.size > 0) refresh(WorkerService.method.getWorker);
  if (change.stagedFiles) refresh(StagedFileService.method.listStagedFiles);
  if (change.tasks.size > 0 || change.overflowed || change.workers || sources)
    refresh(OverviewService.method.getOverview);
}
