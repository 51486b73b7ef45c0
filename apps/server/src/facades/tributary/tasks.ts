import { create } from "@bufbuild/protobuf";
import { durationMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  type ListTasksRequest,
  ListTasksResponseSchema,
  TaskSchema,
  type TaskService,
} from "@tributary/proto/tributary/v1/tasks_pb";
import { RefusedError } from "#core/errors.ts";
import type { Cursor } from "#core/page.ts";
import type { Ports } from "#core/ports/index.ts";
import type { LinkedTask, TaskOrder } from "#core/ports/view.ts";
import { runnableProjectAt } from "#core/projects/project-at.ts";
import { runProjectTask } from "#core/projects/run-project-task.ts";
import { cancelTask } from "#core/tasks/cancel-task.ts";
import { deleteTask } from "#core/tasks/delete-task.ts";
import { findArtifact } from "#core/tasks/find-artifact.ts";
import { splitLabel } from "#core/tasks/labels.ts";
import { retryTask } from "#core/tasks/retry-task.ts";
import type { Task } from "#core/tasks/task.ts";
import { knownWorkers } from "#facades/tributary/known-workers.ts";
import { fromReason, toTime } from "#facades/tributary/translate.ts";
import {
  checksOf,
  filterNow,
  fromArtifact,
  fromAttempt,
  fromOrigin,
  fromSpec,
  fromTask,
  toChanges,
  toFilter,
  toLabels,
  toOrder,
  toOverrides,
} from "#facades/tributary/translate-tasks.ts";
import { fromPoint } from "#facades/tributary/translate-usage.ts";
import { answersBinary } from "#rpc/answers-binary.ts";
import { principalOf } from "#rpc/auth.ts";
import { encodedList } from "#rpc/encoding/encoded-list.ts";
import { fromPageToken, toPageToken } from "#rpc/page-token.ts";
import { toPositionToken } from "#rpc/position.ts";

const encodedTasks = encodedList(ListTasksResponseSchema, "tasks", TaskSchema);

/** Told with their task; lists have them all. */
const mostArtifacts = 1_000;

/** The place before the first task of a time, as if a page had ended there. */
function startOf({ startTime }: ListTasksRequest, order: TaskOrder): Cursor | undefined {
  const at = toTime(startTime);
  if (at === undefined) return undefined;
  if (order === "created-desc") return { value: at + 1, id: 0 };
  if (order === "created-asc") return { value: at, id: 0 };
  throw new RefusedError(
    "invalid",
    "start_time: only lists in the order of creation begin at a time; ask for that order, or leave it out",
    "start_time",
  );
}

export function taskHandlers(ports: Ports): ServiceImpl<typeof TaskService> {
  const { store } = ports;
  const workersNow = knownWorkers(store);
  const told = async (task: Task) => ({ task: fromTask(task, (await store.view.listWorkers()).workers) });
  return {
    async listTasks(request, context) {
      const filter = toFilter(request.filter);
      const order = toOrder(request.order);
      const { worker, minDuration, maxDuration } = request.filter ?? {};
      const lengths = [minDuration, maxDuration].map((length) => length && durationMs(length));
      const list = JSON.stringify([filter, order, worker, lengths]);
      const after = fromPageToken(request.pageToken, list) ?? startOf(request, order);
      const workers = await workersNow();
      const page = await store.view.listTasks({
        filter: { ...filter, ...filterNow(request.filter, workers, ports.clock.now()) },
        order,
        limit: request.pageSize || 100,
        ...(after ? { after } : {}),
      });
      const tasks = page.tasks.map((task) => fromTask(task, workers));
      const answer = {
        nextPageToken: page.next ? toPageToken(page.next, list) : "",
        total: page.total,
        totalIsMinimum: page.totalIsMinimum,
        position: toPositionToken(page.position),
      };
      if (!answersBinary(context)) return { ...answer, tasks };
      return Object.assign(create(ListTasksResponseSchema, answer), { $unknown: encodedTasks(tasks) });
    },
    async getTask({ id }) {
      const [detail, { workers }, { waitsFor, waitedForBy, retries }] = await Promise.all([
        store.view.getTask(id),
        store.view.listWorkers(),
        store.view.getLineage(id),
      ]);
      if (!detail) throw new RefusedError("not-found", `there is no task ${id}`);
      const link = ({ task, label }: LinkedTask) => ({ task: fromTask(task, workers), label });
      const names = new Map(workers.map(({ worker }) => [worker.id, worker.name]));
      return {
        task: fromTask(detail.task, workers),
        spec: fromSpec(detail.spec),
        attempts: detail.attempts.map((attempt) => fromAttempt(attempt, names)),
        artifacts: detail.artifacts.slice(0, mostArtifacts).map(fromArtifact),
        artifactCount: detail.artifacts.length,
        checks: checksOf(detail.task, waitsFor, workers).map(fromReason),
        waitsFor: waitsFor.map(link),
        waitedForBy: waitedForBy.map(link),
        retries: retries.map((task) => fromTask(task, workers)),
        ...(detail.task.origin ? { origin: fromOrigin(detail.task.origin) } : {}),
        position: toPositionToken(detail.position),
      };
    },
    async listTaskLabels({ prefix, pageSize, pageToken }) {
      const after = fromPageToken(pageToken, prefix);
      const limit = pageSize || 100;
      const page = await store.view.listLabels({ prefix, after: String(after?.value ?? ""), limit });
      const last = page.labels.at(-1);
      return {
        labels: page.labels.map(({ label, count, isMinimum }) => {
          const { key, value = "" } = splitLabel(label);
          return { label: { key, value }, count, countIsMinimum: isMinimum };
        }),
        nextPageToken: page.more && last ? toPageToken({ value: last.label, id: 0 }, prefix) : "",
      };
    },
    async getAttemptUsage({ taskId, attempt: number }) {
      const detail = await store.view.getTask(taskId);
      if (!detail) throw new RefusedError("not-found", `there is no task ${taskId}`);
      const attempt = number === 0 ? detail.attempts.at(-1) : detail.attempts.find((one) => one.number === number);
      if (number !== 0 && !attempt) {
        throw new RefusedError("not-found", `task ${taskId} has no attempt ${number}`, "attempt");
      }
      const usage = attempt && (await store.view.getUsage(attempt));
      const { cpu = 0, memory = 0 } = attempt?.demand ?? {};
      return {
        attempt: attempt?.number ?? 0,
        points: usage?.points.map(fromPoint) ?? [],
        cpuMillis: BigInt(cpu),
        memoryBytes: BigInt(memory),
      };
    },
    async runTask(request, context) {
      const { projectId, revision } = request;
      const at = revision && (await runnableProjectAt(ports, { projectId, revision }, context.signal));
      const task = await runProjectTask(ports, {
        dialect: "ame",
        projectId,
        task: request.taskName,
        ...(at && { at }),
        overrides: toOverrides(request),
        labels: toLabels(request.labels),
        creator: principalOf(context).name,
        ...(request.requestId ? { requestId: request.requestId } : {}),
      });
      return told(task);
    },
    async cancelTask({ id }, context) {
      return told(await cancelTask(ports, { id, by: principalOf(context).name }));
    },
    async deleteTask({ id }, context) {
      const deletion = await deleteTask(ports, { id, approve: true, by: principalOf(context).name });
      return { deleted: deletion === "deleted" };
    },
    async *downloadArtifact({ taskId, path, attempt }, { signal }) {
      const artifact = await findArtifact(ports, { taskId, path, attempt });
      for await (const content of ports.objects.get(artifact.hash)) {
        signal.throwIfAborted();
        yield { content };
      }
    },
    async retryTask({ id, changes }, context) {
      return told(await retryTask(ports, { id, by: principalOf(context).name, ...toChanges(changes) }));
    },
  };
}
