import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  type DurationPointSchema,
  type FailureCauseSchema,
  type GetOverviewResponse,
  GetOverviewResponseSchema,
  type OverviewService,
} from "@tributary/proto/tributary/v1/overview_pb";
import { explainQueue } from "#core/dispatch/explain-queue.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Overview, ReasonCount } from "#core/ports/view.ts";
import { limitedView } from "#core/scope/limited-view.ts";
import { type Dialect, dialects, type Task, type TaskState, taskStates } from "#core/tasks/task.ts";
import { fromDialect, fromState, fromTask } from "#facades/tributary/translate-tasks.ts";
import { fromWorker } from "#facades/tributary/workers.ts";
import { toPositionToken } from "#rpc/position.ts";
import { shareAnswers } from "#rpc/share-answers.ts";

const hour = 3_600_000;

function fromReasonCount(count: ReasonCount): MessageInitShape<typeof FailureCauseSchema> {
  return {
    message: count.message,
    code: count.code,
    count: count.count,
    projectNames: [...count.projectNames],
    lastTime: timestampFromMs(count.lastAt),
    lastTaskId: count.lastTaskId,
  };
}

function fromEnded(task: Task): MessageInitShape<typeof DurationPointSchema> {
  const end = task.endedAt ?? task.createdAt;
  return {
    taskId: task.id,
    title: task.title,
    state: fromState(task.state),
    endTime: timestampFromMs(end),
    milliseconds: BigInt(Math.max(0, end - (task.startedAt ?? end))),
    ran: task.startedAt !== undefined,
  };
}

function times(overview: Overview) {
  const { oldestQueuedAt, oldestWaitingAt } = overview;
  return {
    ...(oldestQueuedAt === undefined ? {} : { oldestQueueTime: timestampFromMs(oldestQueuedAt) }),
    ...(oldestWaitingAt === undefined ? {} : { oldestWaitTime: timestampFromMs(oldestWaitingAt) }),
  };
}

export function overviewHandlers(ports: Ports): ServiceImpl<typeof OverviewService> {
  // All who show it read it again when something has changed, which is at the same time.
  const overviewOf = shareAnswers(JSON.stringify, (ask: Ask) => readOverview(ports, ask));
  return {
    async getOverview({ hours, projectName }) {
      return overviewOf({ hours: hours || 24, projectName });
    },
  };
}

interface Ask {
  readonly hours: number;
  /** Empty: of all projects. */
  readonly projectName: string;
}

async function readOverview(ports: Ports, { hours, projectName }: Ask): Promise<GetOverviewResponse> {
  const { store, clock } = ports;
  const view = projectName === "" ? store.view : limitedView(store.view, [projectName]);
  const [overview, { sources }, { workers }] = await Promise.all([
    view.overview(clock.now() - hours * hour),
    view.listSources(),
    store.view.listWorkers(),
  ]);
  const queued = await explainQueue(view, workers);
  return create(GetOverviewResponseSchema, {
    states: taskStates.map((state: TaskState) => ({ state: fromState(state), count: overview.states[state] })),
    dialects: dialects.map((dialect: Dialect) => ({
      dialect: fromDialect(dialect),
      count: overview.dialects[dialect],
    })),
    failures: overview.failures.map(fromReasonCount),
    waits: [...overview.waits, ...queued].map(fromReasonCount),
    running: overview.running.map((task) => fromTask(task, workers)),
    durations: overview.ended.map(fromEnded),
    workers: workers.map((load) => fromWorker(load, ports)),
    sourceCount: sources.length,
    failingSourceCount: sources.filter(({ settledState }) => settledState === "error").length,
    position: toPositionToken(overview.position),
    ...times(overview),
  });
}
