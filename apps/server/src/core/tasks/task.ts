import type { Reason } from "#core/reason.ts";
import type { Labels } from "#core/tasks/labels.ts";
import type { Origin } from "#core/tasks/origin.ts";
import type { UsageTotals } from "#core/tasks/usage.ts";

/** Given out by the store, from 1, increasing; also TaskQueue's `task_id`, so below 2^32. */
export type TaskId = number;

export type Dialect = "tributary" | "ame" | "flyte" | "taskqueue" | "agent" | "armonik";

export const dialects: readonly Dialect[] = ["tributary", "ame", "flyte", "taskqueue", "agent", "armonik"];

/** See `docs/task-states.md`. */
export type TaskState =
  | "waiting"
  | "queued"
  | "active"
  | "cancelling"
  | "paused"
  | "succeeded"
  | "failed"
  | "cancelled";

export const taskStates: readonly TaskState[] = [
  "waiting",
  "queued",
  "active",
  "cancelling",
  "paused",
  "succeeded",
  "failed",
  "cancelled",
];

/** What a task or attempt takes from a machine: `cpu` in thousandths, `memory` in bytes, anything else in units. */
export type Demand = Readonly<Record<string, number>>;

/** One unit of work to be run, whoever asked for it. Times are milliseconds since 1970. */
export interface Task {
  readonly id: TaskId;
  readonly dialect: Dialect;
  /** Empty for dialects without projects. */
  readonly projectId: string;
  readonly projectName: string;
  /** Unique within dialect and project; spelled by the façade. */
  readonly name: string;
  /** What people call it. */
  readonly title: string;
  readonly state: TaskState;
  /** Why it waits or ended as it did. */
  readonly reason?: Reason;
  /** Current or last attempt, from 1; 0 before the first. */
  readonly attempt: number;
  /** Phase of the current attempt; unset without one. */
  readonly phase?: AttemptPhase;
  readonly userFailures: number;
  readonly systemFailures: number;
  readonly createdAt: number;
  /** When it last became queued: its place in the queue. */
  readonly queuedAt?: number;
  /** A waiting task with this time is queued when it comes. */
  readonly notBefore?: number;
  /** When the current or last attempt began to run. */
  readonly startedAt?: number;
  readonly endedAt?: number;
  readonly creator: string;
  readonly exitCode?: number;
  readonly retryOf?: TaskId;
  readonly workerId?: string;
  readonly commit?: string;
  readonly demand: Demand;
  /** Unset when it has none. */
  readonly labels?: Labels;
  readonly origin?: Origin;
}

export type AttemptPhase = "assigned" | "accepted" | "preparing" | "running" | "collecting" | "ended";

/** In the order in which an attempt passes them; some may be left out, none may be gone back to. */
export const attemptPhases: readonly AttemptPhase[] = [
  "assigned",
  "accepted",
  "preparing",
  "running",
  "collecting",
  "ended",
];

export type AttemptOutcome = "succeeded" | "failed" | "timed-out" | "cancelled" | "lost";

/** Task and number together name an attempt and are never given out twice. */
export interface AttemptRef {
  readonly taskId: TaskId;
  /** From 1. */
  readonly number: number;
}

/** One try of a task on one worker. */
export interface Attempt extends AttemptRef {
  readonly workerId: string;
  readonly phase: AttemptPhase;
  /** Of the last report that was taken; a report that is not above it is a repeat. */
  readonly sequence: number;
  readonly demand: Demand;
  readonly assignedAt: number;
  /** Its worker had no place for it when it was given; its task had never been given before, and may be tried again. */
  readonly ahead?: true;
  readonly preparedAt?: number;
  readonly startedAt?: number;
  readonly collectedAt?: number;
  readonly endedAt?: number;
  readonly outcome?: AttemptOutcome;
  readonly reason?: Reason;
  readonly exitCode?: number;
  readonly signal?: string;
  /** What it took; in a view, of one that runs what it has taken so far. */
  readonly usage?: UsageTotals;
  readonly environment?: PreparedEnvironment;
}

/** The Python that an attempt was given. */
export interface PreparedEnvironment {
  /** How its packages were named: `pip`, `poetry`, `pipenv`, `mlflow`; empty without packages. */
  readonly kind: string;
  /** In full, such as `3.11.7`. */
  readonly pythonVersion: string;
  /** By which its worker keeps it; empty where it is this attempt's alone. */
  readonly key: string;
  /** It was there before. */
  readonly reused: boolean;
}

/** How an attempt ended, as its worker tells it. */
export interface AttemptEnd {
  readonly outcome: AttemptOutcome;
  readonly exitCode?: number;
  readonly signal?: string;
  readonly reason?: Reason;
  /** The machine's failure, not the task's: spends the system budget. */
  readonly system?: boolean;
  /** It was taken from its worker on purpose: the task is queued again at once and spends nothing. */
  readonly free?: boolean;
  readonly usage?: UsageTotals;
}

/** A file that an attempt left; its bytes are the object of that hash. */
export interface Artifact {
  readonly taskId: TaskId;
  readonly attempt: number;
  readonly path: string;
  readonly size: number;
  /** SHA-256, hexadecimal. */
  readonly hash: string;
}
