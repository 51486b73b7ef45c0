import type { Artifact } from "@tributary/proto/tributary/v1/tasks_pb";

/** Where the bytes of a file are that a task left. */
export function artifactAddress(taskId: number, { path, attempt }: Pick<Artifact, "path" | "attempt">): string {
  return `/tasks/${taskId}/artifact?${new URLSearchParams({ path, attempt: String(attempt) })}`;
}
