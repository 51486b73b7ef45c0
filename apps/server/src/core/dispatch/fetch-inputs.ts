import { type OwnAttempt, ownAttempt } from "#core/dispatch/own-attempt.ts";
import type { PackedFile } from "#core/ports/archiver.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/store.ts";
import type { ProjectFile } from "#core/projects/project.ts";

/**
 * The files of an attempt's working directory as one tar stream; empty when it has none.
 *
 * @throws RefusedError `conflict` when the attempt is not (any more) the worker's
 */
export async function* fetchInputs(
  { store, objects, archiver, git }: Pick<Ports, "store" | "objects" | "archiver" | "git">,
  ask: OwnAttempt,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  const { spec } = await store.transact(ownAttempt, ask);
  const { inputs } = spec;
  switch (inputs.kind) {
    case "none":
      return;
    case "git":
      yield* git.archive(inputs.sourceId, inputs.commit, signal);
      return;
    case "files": {
      const files = await store.transact((tx: Tx, id: string) => tx.projectFiles.list(id), inputs.projectId);
      yield* archiver.pack(contents(objects, files, signal));
    }
  }
}

async function* contents(
  objects: Ports["objects"],
  files: readonly ProjectFile[],
  signal: AbortSignal,
): AsyncIterable<PackedFile> {
  for (const file of files) {
    signal.throwIfAborted();
    yield { path: file.path, size: file.size, content: objects.get(file.hash) };
  }
}
