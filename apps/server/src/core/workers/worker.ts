import type { Demand } from "#core/tasks/task.ts";

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
