import type { AttemptPhase, TaskId, TaskState } from "#core/tasks/task.ts";

/** A place in the journal: the number of the last entry that was seen. 0 is before the first. */
export type Position = number;

/** Something that happened, written in the same unit of work as the state that it tells of. */
export type NewEntry =
  | { readonly kind: "task-created"; readonly taskId: TaskId; readonly at: number }
  | {
      readonly kind: "task-queued";
      readonly taskId: TaskId;
      readonly at: number;
      /** It serves a model: workers have room for it whatever else they run. */
      readonly stays?: true;
    }
  | { readonly kind: "task-waiting"; readonly taskId: TaskId; readonly at: number }
  | {
      readonly kind: "attempt-assigned";
      readonly taskId: TaskId;
      readonly attempt: number;
      readonly workerId: string;
      readonly at: number;
    }
  | {
      readonly kind: "attempt-advanced";
      readonly taskId: TaskId;
      readonly attempt: number;
      readonly phase: AttemptPhase;
      readonly at: number;
    }
  /** The attempt is over; the task may go on with another. */
  | {
      readonly kind: "attempt-ended";
      readonly taskId: TaskId;
      readonly attempt: number;
      readonly workerId: string;
      readonly at: number;
    }
  | {
      readonly kind: "task-cancelling";
      readonly taskId: TaskId;
      readonly attempt: number;
      readonly workerId: string;
      readonly at: number;
    }
  | { readonly kind: "task-ended"; readonly taskId: TaskId; readonly state: TaskState; readonly at: number }
  | { readonly kind: "task-deleted"; readonly taskId: TaskId; readonly at: number }
  | { readonly kind: "artifact-stored"; readonly taskId: TaskId; readonly path: string; readonly at: number }
  | { readonly kind: "project-changed"; readonly projectId: string; readonly at: number }
  | { readonly kind: "source-changed"; readonly sourceId: string; readonly at: number }
  /** A sync was asked for: by a person, or because the settings are new. */
  | { readonly kind: "source-sync-asked"; readonly sourceId: string; readonly at: number }
  | { readonly kind: "source-deleted"; readonly sourceId: string; readonly at: number }
  | { readonly kind: "secret-changed"; readonly key: string; readonly by: string; readonly at: number }
  | { readonly kind: "secret-deleted"; readonly key: string; readonly by: string; readonly at: number }
  | { readonly kind: "data-set-changed"; readonly dataSetId: string; readonly at: number }
  | { readonly kind: "model-changed"; readonly modelId: string; readonly at: number }
  | { readonly kind: "schedule-changed"; readonly scheduleId: string; readonly at: number }
  /** Master keys came or went, another is current, or a rotation went on. */
  | { readonly kind: "key-ring-changed"; readonly by: string; readonly at: number }
  /** An API token or a session was made, used up or taken back. */
  | { readonly kind: "token-changed"; readonly tokenId: string; readonly at: number }
  | { readonly kind: "saved-view-changed"; readonly viewId: string; readonly projectName: string; readonly at: number }
  /** A batch began, went on or ended. */
  | { readonly kind: "task-batch-changed"; readonly batchId: string; readonly at: number }
  /** Files that jobs name by id came, were used or went. */
  | { readonly kind: "staged-files-changed"; readonly at: number }
  /** A server has a task's log, where each server has its own. */
  | { readonly kind: "log-placed"; readonly taskId: TaskId; readonly serverId: string; readonly at: number }
  | {
      readonly kind: "worker-changed";
      readonly workerId: string;
      readonly at: number;
      /** It takes no more of TaskQueue's tasks, which may be for others now. */
      readonly leaves?: true;
    };

/** An entry in its place. */
export type Entry = NewEntry & { readonly position: Position };
