import type { Source } from "@tributary/proto/tributary/v1/sources_pb";
import type { Task } from "@tributary/proto/tributary/v1/tasks_pb";
import type { WatchResponse } from "@tributary/proto/tributary/v1/watch_pb";

/** What changed since the last change was told: messages of the watch put together. */
export interface Change {
  readonly tasks: ReadonlyMap<number, Task>;
  readonly sources: ReadonlyMap<string, Source>;
  readonly deletedSources: ReadonlySet<string>;
  /** More tasks changed than are named. */
  readonly overflowed: boolean;
  readonly projects: boolean;
  readonly secrets: boolean;
  readonly dataSets: boolean;
  readonly models: boolean;
  readonly schedules: boolean;
  readonly workers: boolean;
  readonly savedViews: boolean;
  readonly taskBatches: boolean;
  readonly tokens: boolean;
  readonly stagedFiles: boolean;
}

/** Puts messages together; of each thing the last state counts. */
export function mergeMessages(messages: readonly WatchResponse[]): Change {
  const tasks = new Map<number, Task>();
  const sources = new Map<string, Source>();
  const deletedSources = new Set<string>();
  for (const message of messages) {
    for (const task of message.tasks) tasks.set(task.id, task);
    for (const source of message.sources) {
      sources.set(source.id, source);
      deletedSources.delete(source.id);
    }
    for (const id of message.deletedSourceIds) {
      sources.delete(id);
      deletedSources.add(id);
    }
  }
  const any = (test: (message: WatchResponse) => boolean) => messages.some(test);
  return {
    tasks,
    sources,
    deletedSources,
    overflowed: any((message) => message.tasksOverflowed),
    projects: any((message) => message.projectsChanged),
    secrets: any((message) => message.secretsChanged),
    dataSets: any((message) => message.dataSetsChanged),
    models: any((message) => message.modelsChanged),
    schedules: any((message) => message.schedulesChanged),
    workers: any((message) => message.workersChanged),
    savedViews: any((message) => message.savedViewsChanged),
    taskBatches: any((message) => message.taskBatchesChanged),
    tokens: any((message) => message.tokensChanged),
    stagedFiles: any((message) => message.stagedFilesChanged),
  };
}
