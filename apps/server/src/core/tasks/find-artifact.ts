import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Artifact, TaskId } from "#core/tasks/task.ts";

/**
 * A file that a task has left, of the last attempt that left one of that path or of a certain one.
 *
 * @param attempt - 0 for the last
 * @throws RefusedError `not-found` for an unknown task or file
 */
export async function findArtifact(
  { store }: Pick<Ports, "store">,
  { taskId, path, attempt }: { readonly taskId: TaskId; readonly path: string; readonly attempt: number },
): Promise<Artifact> {
  const detail = await store.view.getTask(taskId);
  if (!detail) throw new RefusedError("not-found", `there is no task ${taskId}`);
  const found = detail.artifacts.findLast((one) => one.path === path && (attempt === 0 || one.attempt === attempt));
  if (!found) throw new RefusedError("not-found", `task ${taskId} has left no file ${path.slice(0, 200)}`, "path");
  return found;
}
