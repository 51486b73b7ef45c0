import { AttemptPhase, type Task, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";

const states: Partial<Record<TaskState, string>> = {
  [TaskState.WAITING]: "W",
  [TaskState.QUEUED]: "P",
  [TaskState.PAUSED]: "Z",
  [TaskState.SUCCEEDED]: "S",
  [TaskState.FAILED]: "F",
  [TaskState.CANCELLED]: "X",
};

const phases: Partial<Record<AttemptPhase, string>> = {
  [AttemptPhase.ASSIGNED]: "A",
  [AttemptPhase.ACCEPTED]: "C",
  [AttemptPhase.PREPARING]: "D",
  [AttemptPhase.RUNNING]: "R",
  [AttemptPhase.COLLECTING]: "U",
  [AttemptPhase.ENDED]: "U",
};

/** The letter by which TaskQueue's clients know how a task stands. */
export function taskqueueLetter({ state, phase }: Pick<Task, "state" | "phase">): string {
  return states[state] ?? phases[phase] ?? (state === TaskState.CANCELLING ? "R" : "A");
}
