import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import { checkFilePath } from "#core/projects/file-path.ts";
import { knownProject } from "#core/projects/known-project.ts";
import type { ProjectFile } from "#core/projects/project.ts";
import { refuseProjectOfSource } from "#core/projects/upload-project-file.ts";

const most = 10_000;

async function putDirectories(
  tx: Tx,
  { projectId, paths, now }: { readonly projectId: string; readonly paths: readonly string[]; readonly now: number },
): Promise<void> {
  refuseProjectOfSource(await knownProject(tx, projectId));
  await tx.projectFiles.put(paths.map((path): ProjectFile => ({ projectId, path: `${path}/`, size: 0, hash: "" })));
  await tx.journal.append([{ kind: "project-changed", projectId, at: now }]);
}

/**
 * Names directories of an uploaded project that are there before a task of it runs, empty ones too.
 *
 * @throws RefusedError `not-found` for an unknown project, `invalid` for a path that could leave the project's folder
 */
export function createDirectories(
  { store, clock }: Pick<Ports, "store" | "clock">,
  ask: { readonly projectId: string; readonly paths: readonly string[] },
): Promise<void> {
  if (ask.paths.length > most) {
    throw new RefusedError("invalid", `paths: are ${ask.paths.length}, at most ${most} can be named at once`, "paths");
  }
  const paths = ask.paths.map((path) => checkFilePath(path, "paths"));
  return store.transact(putDirectories, { projectId: ask.projectId, paths, now: clock.now() });
}
