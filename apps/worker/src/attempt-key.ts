import type { AttemptRef } from "@tributary/proto/tributary/v1/dispatch_pb";

/** Names an attempt in folders, maps and to the launcher: `12-1`. */
export function attemptKey(ref: Pick<AttemptRef, "taskId" | "number"> | undefined): string {
  return `${ref?.taskId ?? 0}-${ref?.number ?? 0}`;
}
