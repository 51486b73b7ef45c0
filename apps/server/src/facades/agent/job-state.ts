import { ResponseCode } from "@tributary/proto/agent/RunJob_pb";
import type { JobRun } from "#core/jobs/run-job.ts";
import type { Task } from "#core/tasks/task.ts";

/** How a job goes: one of the wire's three codes, and what the trailing metadata tells beside it. */
export interface JobStatus {
  readonly code: ResponseCode;
  readonly state:
    | "NEW"
    | "STAGING"
    | "HELD"
    | "QUEUED"
    | "STARTING"
    | "RUNNING"
    | "CANCELLING"
    | "SUCCEEDED"
    | "FAILED"
    | "CANCELED"
    | "ERROR";
  readonly reason?: string;
  readonly exitCode?: number;
  readonly signal?: string;
  /** Milliseconds since 1970. */
  readonly startedAt?: number;
}

const { WAIT, RUN, DONE } = ResponseCode;

/**
 * A job as the Agent's clients see it. What they are told only ever goes on: WAIT, then RUN, then DONE.
 *
 * Source: the wire has no word for how a job ended, so DONE means that it has, and the metadata says how.
 */
export function toJobStatus({ job, task }: JobRun): JobStatus {
  if (!task) {
    return { code: WAIT, state: "NEW", reason: `Job ${job.id} was not told yet what to run: name its files` };
  }
  const status = { ...jobStateOf(task), ...(task.startedAt === undefined ? {} : { startedAt: task.startedAt }) };
  return task.reason ? { reason: task.reason.message, ...status } : status;
}

/** How a task of a job goes. */
export function jobStateOf(task: Pick<Task, "state" | "phase" | "reason" | "exitCode">): JobStatus {
  switch (task.state) {
    case "waiting":
      return { code: WAIT, state: task.reason?.code === "held" ? "HELD" : "STAGING" };
    case "queued":
    case "paused":
      return { code: WAIT, state: "QUEUED" };
    case "active":
      return { code: RUN, state: task.phase === "running" || task.phase === "collecting" ? "RUNNING" : "STARTING" };
    case "cancelling":
      return { code: RUN, state: "CANCELLING" };
    case "succeeded":
      return { code: DONE, state: "SUCCEEDED", exitCode: task.exitCode ?? 0 };
    case "cancelled":
      return { code: DONE, state: "CANCELED" };
    case "failed":
      return failureOf(task);
  }
}

/** Ends of the job itself, and ends that it has nothing to do with. */
function failureOf({ reason, exitCode }: Pick<Task, "reason" | "exitCode">): JobStatus {
  if (reason?.code === "signal") return { code: DONE, state: "FAILED", signal: reason.message.replace(/^.* /, "") };
  if (reason?.code === "exit-code" || reason?.code === "timed-out") {
    return { code: DONE, state: "FAILED", ...(exitCode === undefined ? {} : { exitCode }) };
  }
  return { code: DONE, state: "ERROR" };
}
