import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import type { TaskQueue } from "@tributary/proto/taskqueue/taskqueue_pb";
import { OutputAppender } from "#core/dispatch/append-output.ts";
import type { SaidOfTask } from "#core/dispatch/held-task.ts";
import { pingWorker } from "#core/dispatch/ping-worker.ts";
import { registerScitqWorker } from "#core/dispatch/register-scitq-worker.ts";
import {
  acceptTask,
  forgetAcceptance,
  knownTaskqueueTask,
  returnTask,
  type TakeStep,
  takeStep,
  tellOfTask,
} from "#core/dispatch/take-step.ts";
import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import { cancelTask } from "#core/tasks/cancel-task.ts";
import type { Worker } from "#core/workers/worker.ts";
import { CallingWorkers } from "#facades/taskqueue/calling-workers.ts";
import { letterOf, type Told, toTold } from "#facades/taskqueue/letters.ts";
import { LogStreams } from "#facades/taskqueue/log-streams.ts";
import { takeOutput } from "#facades/taskqueue/output.ts";
import { fromTask } from "#facades/taskqueue/translate.ts";
import { principalOf } from "#rpc/auth.ts";

type WorkerHandlers = Pick<
  ServiceImpl<typeof TaskQueue>,
  "registerWorker" | "pingAndTakeNewTasks" | "updateTaskStatus" | "sendTaskLogs" | "listWorkers"
>;

/** What is known of workers' connections; shared by the generations of the dialect. */
export interface WorkerCalls {
  readonly calling: CallingWorkers;
  readonly open: LogStreams;
  readonly appender: OutputAppender;
}

export function workerCalls(ports: Ports): WorkerCalls {
  return { calling: new CallingWorkers(), open: new LogStreams(), appender: new OutputAppender(ports) };
}

export function workerHandlers(ports: Ports, calls: WorkerCalls): WorkerHandlers {
  const { calling, open, appender } = calls;
  const { clock } = ports;
  // Workers that may still run what was written off: they wait with the next task for a slot, and say nothing meanwhile.
  const overfull = new Set<string>();
  return {
    async registerWorker({ name, concurrency }, context) {
      if (concurrency === undefined) {
        throw new RefusedError(
          "invalid",
          "concurrency: is missing; say how many tasks the worker runs at a time",
          "concurrency",
        );
      }
      const { id, number } = await registerScitqWorker(ports, { name, slots: concurrency });
      calling.note(context, id);
      overfull.delete(id);
      ports.leases.vouch(id, undefined);
      return { workerId: number };
    },
    async pingAndTakeNewTasks({ workerId }, context) {
      const heard = calling.begunOver(context);
      const { worker, assignments, writtenOff } = await pingWorker(ports, workerId, { heard });
      calling.note(context, worker.id);
      if (writtenOff.length > 0) overfull.add(worker.id);
      if (overfull.has(worker.id)) ports.leases.vouch(worker.id, calling.isThere(context));
      return { tasks: assignments.map(({ task, spec }) => fromTask(task, spec)), concurrency: worker.slots };
    },
    async updateTaskStatus({ taskId, newStatus }, context) {
      const told = toTold(newStatus);
      const begins = told.kind === "accepted" || (told.kind === "step" && !isEnd(told.step));
      // Noted before it is kept: a ping may look in between.
      const takeBack = begins ? calling.noteBegun(context, taskId) : undefined;
      const success = await tell(ports, calls, { told, taskId, callers: calling.of(context) }, context).catch(
        (error: unknown) => {
          takeBack?.();
          throw error;
        },
      );
      if (!success) takeBack?.();
      else if (told.kind === "step" && isEnd(told.step)) calling.noteEnded(context, taskId);
      return { success };
    },
    async sendTaskLogs(messages, context) {
      return { success: await takeOutput({ appender, open, clock }, messages, calling.of(context), context) };
    },
    async listWorkers() {
      const workers = await listedWorkers(ports);
      return { workers: workers.map(({ number, name, slots }) => ({ workerId: number, name, concurrency: slots })) };
    },
  };
}

/** All workers, by number. */
export function listedWorkers({ store }: Pick<Ports, "store">): Promise<readonly Worker[]> {
  return store.transact(allWorkers, undefined);
}

/** Unit of work. */
async function allWorkers(tx: Tx) {
  return (await tx.workers.all()).toSorted((a, b) => a.number - b.number);
}

/** What is told of a task's status, and of a failure what more is known of it. */
export interface ToldStatus extends SaidOfTask, Pick<TakeStep, "reason" | "system"> {
  readonly told: Told;
}

/**
 * Takes what is told of a task's status.
 *
 * @returns false when the task is not (any more) the sender's: it changes nothing
 * @throws RefusedError `not-found` for an unknown task, `conflict` for what cannot follow its status
 */
export async function tell(
  ports: Ports,
  { open, appender }: WorkerCalls,
  { told, reason, system, ...said }: ToldStatus,
  context: HandlerContext,
): Promise<boolean> {
  const { taskId } = said;
  switch (told.kind) {
    case "accepted":
      return accept(ports, said, context);
    case "step":
      if (isEnd(told.step)) {
        await open.settled(taskId);
        await appender.idle(taskId);
      }
      return tellOfTask(ports, takeStep, {
        ...said,
        step: told.step,
        ...(reason ? { reason } : {}),
        ...(system ? { system } : {}),
      });
    case "returned":
      return tellOfTask(ports, returnTask, said);
    case "cancelled":
      await ports.store.transact(knownTaskqueueTask, taskId);
      await cancelTask(ports, { id: taskId, by: principalOf(context).name });
      return true;
    case "own": {
      const letter = letterOf(await ports.store.transact(knownTaskqueueTask, taskId));
      if (letter === told.letter) return true;
      throw new RefusedError(
        "conflict",
        `new_status: task ${taskId} is ${letter}; only the server makes it ${told.letter}`,
        "new_status",
      );
    }
  }
}

function isEnd(step: TakeStep["step"]): boolean {
  return step === "succeeded" || step === "failed";
}

/** A worker that has given up waiting for the answer does not begin: nobody would run the task. */
async function accept(ports: Ports, said: SaidOfTask, context: HandlerContext): Promise<boolean> {
  const accepted = await tellOfTask(ports, acceptTask, said);
  const isLate = (context.timeoutMs() ?? 1) <= 0 || context.signal.aborted;
  if (accepted && isLate) await ports.store.transact(forgetAcceptance, { ...said, now: ports.clock.now() });
  return accepted;
}
