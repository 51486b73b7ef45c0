import type { ProvidedWorker } from "#core/providers/provided-worker.ts";
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

/** `tributary` is our program; `scitq` speaks TaskQueue's RPCs, and takes its tasks only. */
export type WorkerKind = "tributary" | "scitq";

/** When a worker takes TaskQueue's tasks: while no worker of scitq could (`fallback`), always, or never. */
export type TaskqueueShare = "fallback" | "always" | "never";

export interface TaskqueueSettings {
  /** Of the worker that the server starts on its own machine. */
  readonly localWorker: TaskqueueShare;
}

/** What runs tasks that name an image. */
export interface ContainerSupport {
  /** Empty where there is none. */
  readonly engine: string;
  readonly version: string;
  /** Why there is none. */
  readonly explanation: string;
}

/** A machine that leases attempts. */
export interface Worker {
  readonly id: string;
  /** Given out by the store, from 1, and never twice; TaskQueue's `worker_id`, so below 2^32. */
  readonly number: number;
  readonly name: string;
  readonly kind: WorkerKind;
  /** Set for the one that the server starts on its own machine; others of our kind always take them. */
  readonly taskqueue?: TaskqueueShare;
  /** It finishes what it has and is given nothing new. */
  readonly draining: boolean;
  /** It says itself that it ends when it has finished what it has; then it is `draining`, too. */
  readonly leaving?: boolean;
  /** Attempts that it is given beyond its slots, to have them at hand. */
  readonly prefetch: number;
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
  /** Unset for one that does not say. */
  readonly containers?: ContainerSupport;
  /** When it last said so; unset for one that does not. */
  readonly disk?: WorkerDisk;
  /** The server that it is registered with, where several share the store. */
  readonly serverId?: string;
  /** Who alone may speak for it: the id of an API token, or `local`; unset for one that has not registered since this is kept. */
  readonly owner?: string;
  readonly online: boolean;
  readonly registeredAt: number;
  readonly lastSeenAt: number;
}

/** A worker and what its current attempts take. */
export interface WorkerLoad {
  readonly worker: Worker;
  readonly taskIds: readonly number[];
  readonly used: Demand;
  /** Set for one that a provider has given. */
  readonly provided?: ProvidedWorker;
}
