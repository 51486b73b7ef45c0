import { constants } from "node:os";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Assignment, type AttemptEnd, AttemptEndSchema } from "@tributary/proto/tributary/v1/dispatch_pb";
import { AttemptOutcome, type UsagePoint, type UsageTotals } from "@tributary/proto/tributary/v1/tasks_pb";
import { diskFull, isDiskFull } from "./disk-full.ts";
import { formatBytes } from "./format-bytes.ts";
import type { StopCause } from "./journal.ts";
import type { Ended } from "./launcher/launcher.ts";
import type { ProcessEnd } from "./launching.ts";
import type { Limits } from "./limits.ts";
import { StepFailure } from "./step-failure.ts";
import { durationMs } from "./time-limit.ts";

/** An end without `log_bytes`, which is known last. */
export type EndDraft = Omit<MessageInitShape<typeof AttemptEndSchema>, "logBytes" | "$typeName">;

/**
 * What became of an attempt whose process has ended. `stopping` is set when the worker ended it.
 *
 * @param limits - what it might have taken
 * @param peak - the most memory that it was seen to take
 */
export function endOfProcess(
  end: ProcessEnd,
  stopping: StopCause | undefined,
  { timeLimit }: Pick<Assignment, "timeLimit">,
  limits: Limits,
  peak: number,
): EndDraft {
  if ("lost" in end) return LOST;
  const exit = "code" in end ? { exitCode: end.code } : "signal" in end ? { signal: signalName(end.signal) } : {};
  if ("error" in end) return failed(new StepFailure("exec-failed", `The command could not be started: ${end.error}.`));
  if (stopping === "cancelled") return { ...CANCELLED, ...exit };
  if (stopping === "handed-back") return { ...HANDED_BACK, ...exit };
  if (stopping === "timed-out") {
    const message = `The run took longer than its time limit of ${durationMs(timeLimit) / 1000} s and was ended.`;
    return { outcome: AttemptOutcome.TIMED_OUT, ...exit, reason: { code: "timed-out", message } };
  }
  if (stopping === "out-of-memory") {
    const reason = outOfMemory({ limit: limits.memoryBytes ?? 0, peak });
    return { outcome: AttemptOutcome.FAILED, ...exit, reason };
  }
  if (stopping === "too-many-processes") {
    const message = `The run had more than ${limits.pids} processes and threads at a time, so it was ended.`;
    const hint = "Let it start fewer, or ask for more in its resources (pids).";
    return { outcome: AttemptOutcome.FAILED, ...exit, reason: { code: stopping, message, hint } };
  }
  if (exit.exitCode === 0) return { outcome: AttemptOutcome.SUCCEEDED, ...exit };
  const memory = end.exceeded?.memory;
  return { outcome: AttemptOutcome.FAILED, ...exit, ...(memory && { reason: outOfMemory(memory) }) };
}

function outOfMemory({ limit, peak }: { readonly limit: number; readonly peak: number }) {
  return {
    code: "out-of-memory",
    message: `The run needed more than the ${formatBytes(limit)} of memory that it asked for (peak ${formatBytes(peak)}), so it was ended.`,
    hint: "Ask for more memory in its resources, or let it take less.",
  };
}

/** What became of an attempt that something other than its process ended. */
export function failed(failure: StepFailure): EndDraft {
  const { code, message, hint, system } = failure;
  return { outcome: AttemptOutcome.FAILED, reason: { code, message, hint }, system };
}

export const CANCELLED: EndDraft = { outcome: AttemptOutcome.CANCELLED };

/** The worker was told to stop and could not wait for the end. */
export const HANDED_BACK: EndDraft = {
  outcome: AttemptOutcome.LOST,
  system: true,
  reason: { code: "worker-stopped", message: "Its worker was stopped before the run had ended." },
};

/** It was given ahead of its turn, and its turn did not come. */
export const PUT_BACK: EndDraft = {
  outcome: AttemptOutcome.LOST,
  system: true,
  notBegun: true,
  reason: { code: "put-back", message: "Its worker had no place for it yet." },
};

/** The launcher died with the attempt, or nobody knows whether the process was ever started. */
export const LOST: EndDraft = {
  outcome: AttemptOutcome.LOST,
  system: true,
  reason: {
    code: "launcher-lost",
    message: "The program that had started the process died; what was left of the run was ended.",
  },
};

/** For a failure that is no StepFailure: the worker's own fault. */
export function asStepFailure(error: unknown): StepFailure {
  if (error instanceof StepFailure) return error;
  if (isDiskFull(error)) return diskFull("the run could not be prepared");
  const message = error instanceof Error ? error.message : String(error);
  return new StepFailure("worker-fault", `The worker could not go on: ${message}`, { system: true });
}

/** Longest message of a reason, in characters; what it is about has said the rest in the log. */
const REASON_LIMIT = 1_000;

/** The end as it may be told: masked before it is cut, as the half of a secret is not recognised any more. */
export function withMaskedReason(draft: EndDraft, mask: (text: string) => string): EndDraft {
  const { reason } = draft;
  if (!reason) return draft;
  const message = mask(reason.message ?? "").slice(0, REASON_LIMIT);
  return { ...draft, reason: { code: reason.code ?? "", message, hint: mask(reason.hint ?? "") } };
}

export function withLogBytes(draft: EndDraft, logBytes: bigint): AttemptEnd {
  return create(AttemptEndSchema, { ...draft, logBytes });
}

const STOPPED: Readonly<Record<StopCause, string>> = {
  cancelled: "Cancelled",
  "handed-back": "Ended, as the worker is stopped,",
  "put-back": "Ended, as there was no place for it,",
  "timed-out": "Ended, as the time limit was over,",
  "out-of-memory": "Ended, as it took more memory than it asked for,",
  "too-many-processes": "Ended, as it had too many processes,",
};

/** Adds what the attempt took, if that was measured. */
export function withUsage(end: AttemptEnd, usage: UsageTotals | undefined, usagePoints: UsagePoint[]): AttemptEnd {
  return usage ? { ...end, usage, usagePoints } : end;
}

/** The last line of the log for an end that is worth one; a success tells itself. */
export function describeEnd(end: ProcessEnd, stopping: StopCause | undefined): string | undefined {
  if ("lost" in end || "error" in end) return undefined;
  const seconds = (end.endedAt - (end.startedAt ?? end.endedAt)) / 1000;
  const after = `after ${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const left = end.left ? `; ${end.left} of its processes could not be ended` : "";
  if (stopping) return `${STOPPED[stopping]} ${after}${left}`;
  const limits = describeExceeded(end.exceeded);
  if ("code" in end)
    return end.code === 0 && !left && !limits ? undefined : `Exit code ${end.code} ${after}${limits}${left}`;
  const killed = end.signal === constants.signals.SIGKILL && !limits;
  const hint = killed ? "; not by this worker, so the machine may have run out of memory" : limits;
  return `Ended by ${signalName(end.signal)} ${after}${hint}${left}`;
}

function describeExceeded({ memory, pids }: NonNullable<Ended["exceeded"]> = {}): string {
  const outOfMemory =
    memory && `; the kernel ended processes of it, as it needed more than ${formatBytes(memory.limit)} of memory`;
  return `${outOfMemory ?? ""}${pids ? `; it came to its limit of ${pids.limit} processes` : ""}`;
}

function signalName(number: number): string {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `signal ${number}`;
}
