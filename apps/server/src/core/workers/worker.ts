import type { Demand } from "#core/tasks/task.ts";

/** By what an attempt is held to what it asked for: by the kernel at once, or by the worker, which looks every second. */
export type LimitMeans = "kernel" | "watched";

export interface WorkerLimits {
  readonly memory: LimitMeans;
  readonly processes: LimitMeans;
  /** Why not by the kernel; empty when both are. */
  readonly explanation: string;
  /** Processes of an attempt that does not ask otherwise; 0 means any number. */
  readonly defaultProcesses: number;
}

/** In bytes. */
export interface WorkerDisk {
  readonly free: number;
  readonly total: number;
  /** What Python environments take. */
  readonly environments: number;
}

/** A machine that leases attempts. */
export interface Worker {
  readonly id: string;
  readonly name: string;
  /** Attempts at a time. */
  readonly slots: number;
  /** Everything it has, in the units of {@link Demand}. */
  readonly capacity: Demand;
  readonly labels: Readonly<Record<string, string>>;
  readonly version: string;
  /** Unset for one that does not say. */
  readonly limits?: WorkerLimits;
  /** Python versions that are installed there, newest first; unset for one that does not say. */
  readonly pythonVersions?: readonly string[];
  /** When it last said so; unset for one that does not. */
  readonly disk?: WorkerDisk;
  /** The server that it is registered with, where several share the store. */
  readonly serverId?: string;
  readonly online: boolean;
  readonly registeredAt: number;
  readonly lastSeenAt: number;
}

/** A worker and what its current attempts take. */
export interface WorkerLoad {
  readonly worker: Worker;
  readonly taskIds: readonly number[];
  readonly used: Demand;
}
