import { AttemptPhase, Dialect, type Task, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";

import { toMs } from "#api/time.ts";
import { phaseStrings } from "#pages/strings/phase-strings.ts";
import { stateStrings } from "#pages/strings/state-strings.ts";
import type { State } from "#ui/state-glyph.tsx";

const glyphs: Record<TaskState, State> = {
  [TaskState.UNSPECIFIED]: "idle",
  [TaskState.WAITING]: "waiting",
  [TaskState.QUEUED]: "queued",
  [TaskState.ACTIVE]: "running",
  [TaskState.CANCELLING]: "cancelling",
  [TaskState.PAUSED]: "paused",
  [TaskState.SUCCEEDED]: "succeeded",
  [TaskState.FAILED]: "failed",
  [TaskState.CANCELLED]: "cancelled",
};

/** Failures that have a shape of their own. */
const causes: Record<string, State> = { lost: "lost", "timed-out": "timed-out" };

/** How a task is drawn. */
export function glyphOf(task: Pick<Task, "state" | "reason">): State {
  if (task.state === TaskState.FAILED) return causes[task.reason?.code ?? ""] ?? "failed";
  // what no worker can ever take needs a person
  if (task.state === TaskState.QUEUED && task.reason?.code === "too-big") return "waiting";
  return glyphs[task.state];
}

export function stateGlyph(state: TaskState): State {
  return glyphs[state];
}

const phases: Partial<Record<AttemptPhase, string>> = {
  [AttemptPhase.ASSIGNED]: phaseStrings.starting,
  [AttemptPhase.ACCEPTED]: phaseStrings.starting,
  [AttemptPhase.PREPARING]: phaseStrings.preparing,
  [AttemptPhase.COLLECTING]: phaseStrings.collecting,
};

/** The state in a word: "Running", "Preparing", "Timed out". */
export function stateWord(task: Pick<Task, "state" | "phase" | "reason">): string {
  if (task.state === TaskState.ACTIVE) return phases[task.phase] ?? stateStrings.running;
  if (task.state === TaskState.QUEUED) return stateStrings.queued;
  return stateStrings[glyphOf(task)];
}

/** Why it stands as it does, for its row: only where there is something to tell. */
export function whyOf(task: Pick<Task, "state" | "reason">): string | undefined {
  if (task.state === TaskState.SUCCEEDED || task.state === TaskState.ACTIVE) return undefined;
  return task.reason?.message || undefined;
}

export function hasEnded({ state }: Pick<Task, "state">): boolean {
  return state === TaskState.SUCCEEDED || state === TaskState.FAILED || state === TaskState.CANCELLED;
}

/** When the task ran: from its start to its end, or to now. Undefined before it started. */
export function runOf(
  task: Pick<Task, "startTime" | "endTime" | "state">,
): { readonly from: number; readonly to?: number } | undefined {
  const from = toMs(task.startTime);
  const to = toMs(task.endTime);
  if (from === undefined) return undefined;
  if (to !== undefined) return { from, to };
  return task.state === TaskState.ACTIVE || task.state === TaskState.CANCELLING ? { from } : undefined;
}

const dialects: Record<Dialect, string> = {
  [Dialect.UNSPECIFIED]: "",
  [Dialect.TRIBUTARY]: "Tributary",
  [Dialect.AME]: "AME",
  [Dialect.FLYTE]: "Flyte",
  [Dialect.TASKQUEUE]: "TaskQueue",
  [Dialect.AGENT]: "Agent",
  [Dialect.ARMONIK]: "ArmoniK",
};

/** The API over which a task came, as its makers write it. */
export function dialectWord(dialect: Dialect): string {
  return dialects[dialect];
}

/** What people call the task: its title, or its name where it has none. */
export function titleOf(task: Pick<Task, "title" | "name" | "id">): string {
  return task.title || task.name || `#${task.id}`;
}
