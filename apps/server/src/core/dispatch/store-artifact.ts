import { type OwnAttempt, ownAttempt } from "#core/dispatch/own-attempt.ts";
import { keepObject } from "#core/objects/keep-object.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import { checkFilePath } from "#core/projects/file-path.ts";
import type { Artifact } from "#core/tasks/task.ts";

const largest = 16 * 2 ** 30;

async function keepArtifact(
  tx: Tx,
  { artifact, workerId, now }: { readonly artifact: Artifact; readonly workerId: string; readonly now: number },
): Promise<void> {
  await ownAttempt(tx, { workerId, ref: { taskId: artifact.taskId, number: artifact.attempt } });
  await tx.artifacts.put([artifact]);
  await tx.journal.append([{ kind: "artifact-stored", taskId: artifact.taskId, path: artifact.path, at: now }]);
}

/**
 * Keeps a file that an attempt leaves, 16 GiB at most.
 *
 * @throws RefusedError `conflict` when the attempt is not (any more) the worker's, `invalid` for a path that leaves the
 * working directory, `exhausted` when it is too large or the disk is full
 */
export async function storeArtifact(
  { store, objects, clock }: Pick<Ports, "store" | "objects" | "clock">,
  ask: OwnAttempt & { readonly path: string; readonly content: AsyncIterable<Uint8Array> },
): Promise<Artifact> {
  const { workerId, ref } = ask;
  const path = checkFilePath(ask.path, "path");
  await store.transact(ownAttempt, { workerId, ref });
  const { hash, size } = await keepObject({ store, objects, clock }, ask.content, largest);
  const artifact: Artifact = { taskId: ref.taskId, attempt: ref.number, path, size, hash };
  await store.transact(keepArtifact, { artifact, workerId, now: clock.now() });
  return artifact;
}
