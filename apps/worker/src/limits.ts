import { create } from "@bufbuild/protobuf";
import type { Assignment } from "@tributary/proto/tributary/v1/dispatch_pb";
import { LimitMeans, type WorkerLimits, WorkerLimitsSchema } from "@tributary/proto/tributary/v1/workers_pb";
import type { Control, StartAttempt } from "./launcher/launcher.ts";

/** What an attempt may take at most. */
export type Limits = NonNullable<StartAttempt["limits"]>;

/** The memory that it asked for, and as many processes; unless it says how many, as the worker allows everyone. */
export function limitsOf(
  { memoryBytes, processLimit }: Pick<Assignment, "memoryBytes" | "processLimit">,
  processes: number,
): Limits {
  const pids = processLimit || processes;
  return { ...(memoryBytes > 0n && { memoryBytes: Number(memoryBytes) }), ...(pids > 0 && { pids }) };
}

/** What a worker tells of how it keeps limits. */
export function describeLimits(control: Control | undefined, processes: number): WorkerLimits {
  const means = (version: string | null | undefined) => (version ? LimitMeans.KERNEL : LimitMeans.WATCHED);
  const reasons = control
    ? [control.why.memory && `Memory: ${control.why.memory}.`, control.why.pids && `Processes: ${control.why.pids}.`]
    : ["Its launcher is the one for machines without Python, which uses no control groups."];
  return create(WorkerLimitsSchema, {
    memory: means(control?.memory),
    processes: means(control?.pids),
    explanation: [...new Set(reasons.filter(Boolean))].join(" "),
    defaultProcesses: processes,
  });
}
