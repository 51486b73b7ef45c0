import { create } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  type WatchRequest,
  type WatchResponse,
  WatchResponseSchema,
  type WatchService,
  WatchTopic,
} from "@tributary/proto/tributary/v1/watch_pb";
import type { Entry, Position } from "#core/journal/entry.ts";
import type { Ports } from "#core/ports/index.ts";
import { PositionLostError } from "#core/ports/store.ts";
import { listedSources } from "#facades/tributary/sources.ts";
import { fromTask } from "#facades/tributary/translate-tasks.ts";
import { collectChanges } from "#rpc/collect-changes.ts";
import { fromPositionToken, toPositionToken } from "#rpc/position.ts";
import { shareAnswers } from "#rpc/share-answers.ts";

const heartbeat = 15_000;
/** Between two messages: what comes meanwhile is told together. */
const pause = 50;
const mostTasks = 500;

/** What has changed since the last message. */
interface Touched {
  readonly position: Position;
  readonly tasks: ReadonlySet<number>;
  readonly overflowed: boolean;
  readonly sources: ReadonlySet<string>;
  readonly deletedSources: ReadonlySet<string>;
  readonly topics: ReadonlySet<WatchTopic>;
}

const topicOf = (entry: Entry): WatchTopic => {
  if ("taskId" in entry) return WatchTopic.TASKS;
  if ("sourceId" in entry) return WatchTopic.SOURCES;
  if ("projectId" in entry) return WatchTopic.PROJECTS;
  if ("dataSetId" in entry) return WatchTopic.DATA_SETS;
  if ("modelId" in entry) return WatchTopic.MODELS;
  if ("scheduleId" in entry) return WatchTopic.SCHEDULES;
  if ("viewId" in entry) return WatchTopic.SAVED_VIEWS;
  if ("batchId" in entry) return WatchTopic.TASK_BATCHES;
  if ("tokenId" in entry) return WatchTopic.TOKENS;
  if (entry.kind === "staged-files-changed") return WatchTopic.STAGED_FILES;
  if ("key" in entry || entry.kind === "key-ring-changed") return WatchTopic.SECRETS;
  return WatchTopic.WORKERS;
};

/** Adds a batch of entries; undefined while nothing that was asked for has changed. */
function touch(request: WatchRequest, old: Touched | undefined, entries: readonly Entry[]): Touched | undefined {
  const wanted = new Set(request.topics);
  const ids = new Set(request.taskIds);
  const tasks = new Set(old?.tasks);
  const sources = new Set(old?.sources);
  const deletedSources = new Set(old?.deletedSources);
  const topics = new Set(old?.topics);
  let overflowed = old?.overflowed ?? false;
  for (const entry of entries) {
    const topic = topicOf(entry);
    if (wanted.size > 0 && !wanted.has(topic)) continue;
    if ("taskId" in entry) {
      if (ids.size > 0 && !ids.has(entry.taskId)) continue;
      if (tasks.size < mostTasks || tasks.has(entry.taskId)) tasks.add(entry.taskId);
      else overflowed = true;
      // What workers run changes with these.
      if (entry.kind === "attempt-assigned" || entry.kind === "attempt-ended") topics.add(WatchTopic.WORKERS);
    }
    if ("sourceId" in entry) (entry.kind === "source-deleted" ? deletedSources : sources).add(entry.sourceId);
    topics.add(topic);
  }
  if (topics.size === 0) return old;
  const position = entries.at(-1)?.position ?? old?.position ?? 0;
  return { position, tasks, overflowed, sources, deletedSources, topics };
}

export function watchHandlers(ports: Ports): ServiceImpl<typeof WatchService> {
  const { store } = ports;
  // All who watch are told of a change at the same time, and most watch the same.
  const describeOnce = shareAnswers(keyOf, (touched: Touched) => describe(ports, touched));
  return {
    async *watch(request, { signal }) {
      let position = fromPositionToken(request.position) ?? store.position();
      yield { position: toPositionToken(position), heartbeat: true };
      while (!signal.aborted) {
        try {
          for await (const message of changesSince(store, request, position, describeOnce, signal)) yield message;
          return;
        } catch (error) {
          if (!(error instanceof PositionLostError)) throw error;
          position = store.position();
          yield { position: toPositionToken(position), reset: true };
        }
      }
    },
  };
}

async function* changesSince(
  store: Ports["store"],
  request: WatchRequest,
  from: Position,
  describeOnce: (touched: Touched) => Promise<WatchResponse>,
  signal: AbortSignal,
) {
  const stop = new AbortController();
  const entries = store.follow(from, AbortSignal.any([signal, stop.signal]));
  const changes = collectChanges<readonly Entry[], Touched>(entries, (sum, batch) => touch(request, sum, batch));
  let position = from;
  try {
    while (!signal.aborted) {
      const { done, value } = await changes.take(heartbeat);
      if (done) return;
      if (!value) {
        yield { position: toPositionToken(position), heartbeat: true };
        continue;
      }
      position = value.position;
      yield await describeOnce(value);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  } finally {
    stop.abort();
  }
}

/** The same for what is described in the same words. */
function keyOf({ position, tasks, overflowed, sources, deletedSources, topics }: Touched): string {
  return JSON.stringify([position, [...tasks], overflowed, [...sources], [...deletedSources], [...topics]]);
}

async function describe(ports: Ports, touched: Touched): Promise<WatchResponse> {
  const { view } = ports.store;
  const [tasks, { workers }, listed] = await Promise.all([
    touched.tasks.size > 0 ? view.getTasks([...touched.tasks]) : [],
    touched.tasks.size > 0 ? view.listWorkers() : { workers: [] },
    touched.sources.size > 0 ? listedSources(ports) : { sources: [] },
  ]);
  return create(WatchResponseSchema, {
    position: toPositionToken(touched.position),
    tasks: tasks.map((task) => fromTask(task, workers)),
    // One that cannot be told any more was deleted.
    tasksOverflowed: touched.overflowed || tasks.length < touched.tasks.size,
    sources: listed.sources.filter(({ id }) => touched.sources.has(id ?? "")),
    deletedSourceIds: [...touched.deletedSources],
    projectsChanged: touched.topics.has(WatchTopic.PROJECTS),
    secretsChanged: touched.topics.has(WatchTopic.SECRETS),
    modelsChanged: touched.topics.has(WatchTopic.MODELS),
    dataSetsChanged: touched.topics.has(WatchTopic.DATA_SETS),
    schedulesChanged: touched.topics.has(WatchTopic.SCHEDULES),
    savedViewsChanged: touched.topics.has(WatchTopic.SAVED_VIEWS),
    taskBatchesChanged: touched.topics.has(WatchTopic.TASK_BATCHES),
    tokensChanged: touched.topics.has(WatchTopic.TOKENS),
    stagedFilesChanged: touched.topics.has(WatchTopic.STAGED_FILES),
    workersChanged: touched.topics.has(WatchTopic.WORKERS),
  });
}
