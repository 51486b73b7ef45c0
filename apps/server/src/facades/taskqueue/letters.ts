import type { ReportedStep } from "#core/dispatch/attempt-steps.ts";
import { RefusedError } from "#core/errors.ts";
import { type AttemptPhase, attemptPhases, type Task, type TaskState, taskStates } from "#core/tasks/task.ts";

/** TaskQueue's status letter of a state that has no attempt under way; see `docs/task-states.md`. */
const stateLetters: Readonly<Record<TaskState, string>> = {
  waiting: "W",
  queued: "P",
  active: "A",
  cancelling: "R",
  paused: "Z",
  succeeded: "S",
  failed: "F",
  cancelled: "X",
};

/** While an attempt is under way its phase decides. */
const phaseLetters: Readonly<Record<AttemptPhase, string>> = {
  assigned: "A",
  accepted: "C",
  preparing: "D",
  running: "R",
  collecting: "U",
  ended: "U",
};

export function letterOf({ state, phase }: Pick<Task, "state" | "phase">): string {
  return (state === "active" || state === "cancelling") && phase ? phaseLetters[phase] : stateLetters[state];
}

/** What a letter says that is told of a task. */
export type Told =
  | { readonly kind: "accepted" | "returned" | "cancelled" }
  | { readonly kind: "step"; readonly step: ReportedStep }
  /** A status that only the server gives. */
  | { readonly kind: "own"; readonly letter: string };

const told: Readonly<Record<string, Told>> = {
  C: { kind: "accepted" },
  P: { kind: "returned" },
  X: { kind: "cancelled" },
  D: { kind: "step", step: "downloading" },
  O: { kind: "step", step: "on-hold" },
  R: { kind: "step", step: "running" },
  U: { kind: "step", step: "uploading" },
  V: { kind: "step", step: "uploading-failed" },
  S: { kind: "step", step: "succeeded" },
  F: { kind: "step", step: "failed" },
  A: { kind: "own", letter: "A" },
  W: { kind: "own", letter: "W" },
  Z: { kind: "own", letter: "Z" },
};

/** @throws RefusedError `invalid` for what is no status */
export function toTold(letter: string): Told {
  const known = Object.hasOwn(told, letter) ? told[letter] : undefined;
  if (known) return known;
  throw new RefusedError(
    "invalid",
    `new_status: ${JSON.stringify(letter.slice(0, 20))} is no status of a task; say one of ${Object.keys(told).join(" ")}`,
    "new_status",
  );
}

/** The states in which a task may have this letter; none for a letter that no task has. */
export function statesOf(letter: string): readonly TaskState[] {
  return taskStates.filter((state) =>
    [undefined, ...attemptPhases].some((phase) => letterOf(phase ? { state, phase } : { state }) === letter),
  );
}
