import { RefusedError } from "#core/errors.ts";
import { newId } from "#core/ids.ts";
import type { Cursor } from "#core/page.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { RunOverrides } from "#core/projects/to-run-spec.ts";
import { limitedTx } from "#core/scope/limited-tx.ts";
import type { TaskBatch } from "#core/task-batches/task-batch.ts";
import { requestCancel } from "#core/tasks/cancel-task.ts";
import { requeueTask } from "#core/tasks/retry-task.ts";
import type { Task, TaskId } from "#core/tasks/task.ts";
import { isTerminal } from "#core/tasks/transitions.ts";

/** Tasks of one unit of work: others wait for it. */
const perUnit = 100;

type BatchPorts = Pick<Ports, "store" | "clock" | "random" | "logs">;

/** A task to be touched, and where the batch is when it was. */
interface Touch {
  readonly taskId: TaskId;
  /** Told apart from other copies of the same task. */
  readonly suffix: string;
  readonly after?: Cursor;
}

interface Step {
  readonly batch: TaskBatch;
  readonly touches: readonly Touch[];
  readonly changes?: RunOverrides;
  readonly now: number;
}

/**
 * Touches the next tasks of every batch that runs, and writes down in the same units how far it is: a server that ends in
 * between goes on where it was, and no task is touched twice.
 *
 * @returns whether there is more to do
 */
export async function advanceTaskBatches(ports: BatchPorts): Promise<boolean> {
  const all = await ports.store.transact((tx: Tx) => tx.taskBatches.all(), undefined);
  const running = all.filter(({ state }) => state === "running");
  for (const batch of running) await advance(ports, batch);
  return running.length > 0;
}

async function advance(ports: BatchPorts, batch: TaskBatch): Promise<void> {
  const step = { batch, ...(await nextTouches(ports, batch)), now: ports.clock.now() };
  if (step.touches.length === 0) {
    await ports.store.transact(endBatch, { id: batch.id, state: "done" as const, now: step.now });
    return;
  }
  try {
    seal(ports, await ports.store.transact(touchAll, step));
  } catch (error) {
    if (!(error instanceof RefusedError) || error.refusal === "unavailable") throw error;
    // One of them refused, and the unit with it: each by itself.
    await touchEach(ports, step);
  }
}

async function nextTouches(
  { store, random }: BatchPorts,
  batch: TaskBatch,
): Promise<Pick<Step, "touches" | "changes">> {
  const { touched, after } = batch;
  const target = await store.transact((tx: Tx) => tx.taskBatches.target(batch.id), undefined);
  if (target === undefined) return { touches: [] };
  const changes = target.changes ? { changes: target.changes } : {};
  const suffix = () => newId(random, "", 5);
  if ("ids" in target) {
    const ids = target.ids.slice(touched, touched + perUnit);
    return { ...changes, touches: ids.map((taskId) => ({ taskId, suffix: suffix() })) };
  }
  const { tasks } = await store.view.listTasks({
    filter: target.filter,
    order: "created-asc",
    limit: perUnit,
    ...(after ? { after } : {}),
  });
  const touches = tasks.map(({ id, createdAt }) => ({
    taskId: id,
    suffix: suffix(),
    after: { value: createdAt, id },
  }));
  return { ...changes, touches };
}

/** Unit of work. Answers the tasks as they are now; nothing when the batch was moved on or stopped meanwhile. */
async function touchAll(tx: Tx, step: Step): Promise<readonly Task[]> {
  const { batch, touches, now } = step;
  if (!(await isAt(tx, batch))) return [];
  const touched: Task[] = [];
  for (const touch of touches) touched.push(await act(tx, step, touch));
  await moveOn(tx, { ...batch, done: batch.done + touches.length }, touches, now);
  return touched;
}

async function touchEach(ports: BatchPorts, all: Step): Promise<void> {
  let { batch } = all;
  for (const touch of all.touches) {
    const step = { ...all, batch, touches: [touch] };
    try {
      seal(ports, await ports.store.transact(touchAll, step));
      batch = moved({ ...batch, done: batch.done + 1 }, [touch]);
    } catch (error) {
      if (!(error instanceof RefusedError) || error.refusal === "unavailable") throw error;
      await ports.store.transact(noteRefusal, { ...step, message: error.message });
      batch = moved({ ...batch, refused: batch.refused + 1 }, [touch]);
    }
  }
}

/** Unit of work. */
async function noteRefusal(tx: Tx, { batch, touches, now, message }: Step & { readonly message: string }) {
  if (!(await isAt(tx, batch))) return;
  await tx.taskBatches.putRefusals(touches.map(({ taskId }) => ({ batchId: batch.id, taskId, message })));
  await moveOn(tx, { ...batch, refused: batch.refused + touches.length }, touches, now);
}

function act(tx: Tx, { batch, changes, now }: Step, { taskId: id, suffix }: Touch) {
  const { act, createdBy: by, projects } = batch;
  const seen = projects ? limitedTx(tx, projects) : tx;
  if (act === "cancel") return requestCancel(seen, { id, by, now });
  const origin = { kind: "batch" as const, id: batch.id };
  return requeueTask(seen, { id, by, origin, ...(changes ? { changes } : {}), suffix, now });
}

/** Whether nobody has stopped it or moved it on since it was read. */
async function isAt(tx: Tx, { id, touched }: TaskBatch): Promise<boolean> {
  const known = (await tx.taskBatches.getMany([id])).get(id);
  return known?.state === "running" && known.touched === touched;
}

async function moveOn(tx: Tx, batch: TaskBatch, touches: readonly Touch[], now: number): Promise<void> {
  await tx.taskBatches.put([moved(batch, touches)]);
  await tx.journal.append([{ kind: "task-batch-changed", batchId: batch.id, at: now }]);
}

function moved(batch: TaskBatch, touches: readonly Touch[]): TaskBatch {
  const after = touches.at(-1)?.after;
  return { ...batch, touched: batch.touched + touches.length, ...(after ? { after } : {}) };
}

/** Unit of work: ends a batch that runs; one that has ended stays as it is. */
export async function endBatch(
  tx: Tx,
  { id, state, now }: { readonly id: string; readonly state: "done" | "stopped"; readonly now: number },
): Promise<TaskBatch> {
  const batch = (await tx.taskBatches.getMany([id])).get(id);
  if (!batch) throw new RefusedError("not-found", `there is no batch ${id.slice(0, 80)}; the newest are kept`);
  if (batch.state !== "running") return batch;
  const ended: TaskBatch = { ...batch, state, endedAt: now };
  await tx.taskBatches.put([ended]);
  await tx.journal.append([{ kind: "task-batch-changed", batchId: id, at: now }]);
  return ended;
}

function seal({ logs }: BatchPorts, tasks: readonly Task[]): void {
  for (const { id, state } of tasks) if (isTerminal(state)) logs.seal(id);
}
