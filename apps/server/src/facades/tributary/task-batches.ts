import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  type CreateTaskBatchRequest,
  type TaskBatchSchema,
  type TaskBatchService,
  TaskBatchAct as WireAct,
  TaskBatchState as WireState,
} from "@tributary/proto/tributary/v1/task_batches_pb";
import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import { createTaskBatch } from "#core/task-batches/create-task-batch.ts";
import type { BatchAct, BatchState, BatchTarget, TaskBatch } from "#core/task-batches/task-batch.ts";
import { getTaskBatch, listTaskBatches, stopTaskBatch } from "#core/task-batches/task-batches.ts";
import { filterNow, toChanges, toFilter } from "#facades/tributary/translate-tasks.ts";
import { principalOf } from "#rpc/auth.ts";

const acts: Readonly<Record<BatchAct, WireAct>> = { cancel: WireAct.CANCEL, retry: WireAct.RETRY };
const states: Readonly<Record<BatchState, WireState>> = {
  running: WireState.RUNNING,
  done: WireState.DONE,
  stopped: WireState.STOPPED,
};

function fromBatch(batch: TaskBatch): MessageInitShape<typeof TaskBatchSchema> {
  const { id, act, state, createdBy, createdAt, endedAt, expected, expectedIsMinimum, done, refused } = batch;
  return {
    id,
    act: acts[act],
    state: states[state],
    creator: createdBy,
    createTime: timestampFromMs(createdAt),
    expected,
    expectedIsMinimum,
    done,
    refused,
    ...(endedAt === undefined ? {} : { endTime: timestampFromMs(endedAt) }),
  };
}

async function toTarget({ store, clock }: Ports, target: CreateTaskBatchRequest["target"]): Promise<BatchTarget> {
  if (target.case === undefined) {
    throw new RefusedError(
      "invalid",
      "target: is missing; name tasks, or send a filter (an empty one is all)",
      "target",
    );
  }
  if (target.case === "tasks") return { ids: [...new Set(target.value.ids)] };
  const { workers } = await store.view.listWorkers();
  return { filter: { ...toFilter(target.value), ...filterNow(target.value, workers, clock.now()) } };
}

function toAct(wire: WireAct): BatchAct {
  const act = (Object.keys(acts) as BatchAct[]).find((key) => acts[key] === wire);
  if (!act) throw new RefusedError("invalid", "act: is missing; say what is to be done with the tasks", "act");
  return act;
}

export function taskBatchHandlers(ports: Ports): ServiceImpl<typeof TaskBatchService> {
  return {
    async createTaskBatch({ act, target, changes }, context) {
      const { name: by, projects } = principalOf(context);
      const batch = await createTaskBatch(ports, {
        act: toAct(act),
        target: { ...(await toTarget(ports, target)), ...toChanges(changes) },
        by,
        ...(projects ? { projects } : {}),
      });
      return { batch: fromBatch(batch) };
    },
    async getTaskBatch({ id }) {
      const { batch, refusals } = await getTaskBatch(ports, id);
      return { batch: fromBatch(batch), refusals: refusals.map(({ taskId, message }) => ({ taskId, message })) };
    },
    async listTaskBatches() {
      return { batches: (await listTaskBatches(ports)).map(fromBatch) };
    },
    async stopTaskBatch({ id }) {
      return { batch: fromBatch(await stopTaskBatch(ports, id)) };
    },
  };
}
