import { type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";
import { type Task, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";

/** `succeeded` for TASK_STATE_SUCCEEDED. */
export function stateWord(state: TaskState): string {
  return (TaskState[state] ?? "unknown").toLowerCase();
}

export function stateOf(word: string): TaskState | undefined {
  const state = TaskState[word.toUpperCase() as keyof typeof TaskState];
  return state === TaskState.UNSPECIFIED ? undefined : state;
}

export function hasEnded({ state }: Task): boolean {
  return state === TaskState.SUCCEEDED || state === TaskState.FAILED || state === TaskState.CANCELLED;
}

/** Local time to the second. */
export function timeWord(time: Timestamp | undefined): string {
  if (!time) return "";
  const date = timestampDate(time);
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19).replace("T", " ");
}

export function sizeWord(bytes: bigint | number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = Number(bytes);
  let unit = 0;
  for (; value >= 1_024 && unit < units.length - 1; unit++) value /= 1_024;
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

export function describeTask(task: Task): string {
  const why = task.reason ? `: ${task.reason.message}${task.reason.hint ? ` ${task.reason.hint}` : ""}` : "";
  return `task ${task.id} ${task.title} ${stateWord(task.state)}${why}`;
}
