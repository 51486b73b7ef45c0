import type { Cursor } from "#core/page.ts";
import type { RunOverrides } from "#core/projects/to-run-spec.ts";
import type { TaskId } from "#core/tasks/task.ts";
import type { TaskFilter } from "#core/tasks/task-filter.ts";

export type BatchAct = "cancel" | "retry";

export type BatchState = "running" | "done" | "stopped";

/** What a batch touches: these tasks, or all that match and are not newer than it. */
export type BatchTarget = ({ readonly ids: readonly TaskId[] } | { readonly filter: TaskFilter }) & {
  /** Of tasks that are run again: what is otherwise with each. */
  readonly changes?: RunOverrides;
};

/** One act for many tasks. Times are milliseconds since 1970. */
export interface TaskBatch {
  readonly id: string;
  readonly act: BatchAct;
  readonly state: BatchState;
  /** Names of the only projects that whoever asked sees; unset means all. */
  readonly projects?: readonly string[];
  readonly createdBy: string;
  readonly createdAt: number;
  readonly endedAt?: number;
  /** How many tasks there were to be touched when it began. */
  readonly expected: number;
  readonly expectedIsMinimum: boolean;
  readonly done: number;
  readonly refused: number;
  /** Of a target of ids, how many were touched. */
  readonly touched: number;
  /** Of a filter, the last task that was touched. */
  readonly after?: Cursor;
}

/** Why a task refused. */
export interface BatchRefusal {
  readonly batchId: string;
  readonly taskId: TaskId;
  readonly message: string;
}
