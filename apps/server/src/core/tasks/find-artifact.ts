import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Artifact, TaskId } from "#core/tasks/task.ts";

/** More than any task is tried. */
const mostAttempts = 10_000;

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
  const [task] = await store.view.getTasks([taskId]);
  if (!task) throw new RefusedError("not-found", `there is no task ${taskId}`);
  const ofPath = { taskId, path, limit: mostAttempts, ...(attempt > 0 && { attempt }) };
  const found = (await store.view.listArtifacts(ofPath)).artifacts.at(-1);
  if (!found) throw new RefusedError("not-found", `task ${taskId} has left no file ${path.slice(0, 200)}`, "path");
  return found;
}
