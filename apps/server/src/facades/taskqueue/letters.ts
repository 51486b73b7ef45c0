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

/** The states in which a task may have this letter; none for a letter that no task has. */
export function statesOf(letter: string): readonly TaskState[] {
  return taskStates.filter((state) =>
    [undefined, ...attemptPhases].some((phase) => letterOf(phase ? { state, phase } : { state }) === letter),
  );
}
