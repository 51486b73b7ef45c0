import type { Artifact } from "@tributary/proto/tributary/v1/tasks_pb";

/** Of the addresses that browsers, and what may be between, pass on. */
export const longestAddress = 8_000;

type Named = Pick<Artifact, "path" | "attempt">;

/** Where the bytes of a file are that a task left; of attempt 0, what the last one left. */
export function artifactAddress(taskId: number, artifact: Named): string {
  return `/tasks/${taskId}/artifact?${parametersOf(artifact)}`;
}

/** Where browsers are shown a picture or a page. */
export function shownAddress(taskId: number, artifact: Named): string {
  return `/tasks/${taskId}/artifact?${parametersOf(artifact)}&show=1`;
}

/** Where an archive is of some files, or of all when none is named. */
export function archiveAddress(taskId: number, paths: readonly string[]): string {
  const named = new URLSearchParams([...new Set(paths)].map((path) => ["path", path]));
  return `/tasks/${taskId}/artifacts.zip${paths.length > 0 ? `?${named}` : ""}`;
}

function parametersOf({ path, attempt }: Named): URLSearchParams {
  return new URLSearchParams({ path, ...(attempt > 0 && { attempt: String(attempt) }) });
}
