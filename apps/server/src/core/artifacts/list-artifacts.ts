import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import type { ArtifactList, ArtifactPage } from "#core/ports/view.ts";

/**
 * A page of what a task has left.
 *
 * @throws RefusedError `not-found` for an unknown task
 */
export async function listArtifacts({ store }: Pick<Ports, "store">, ask: ArtifactList): Promise<ArtifactPage> {
  const [task] = await store.view.getTasks([ask.taskId]);
  if (!task) throw new RefusedError("not-found", `there is no task ${ask.taskId}`);
  return store.view.listArtifacts(ask);
}
