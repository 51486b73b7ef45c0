import { RefusedError } from "#core/errors.ts";
import { keepObject } from "#core/objects/keep-object.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/store.ts";
import { checkFilePath } from "#core/projects/file-path.ts";
import { knownProject } from "#core/projects/known-project.ts";
import type { Project, ProjectFile } from "#core/projects/project.ts";

const largest = 2 * 2 ** 30;

/** @throws RefusedError `conflict` for the project of a source: its files are those of the repository */
export function refuseProjectOfSource({ id, sourceId }: Project): void {
  if (sourceId === undefined) return;
  throw new RefusedError("conflict", `project ${id} belongs to a source; push the file to its repository`);
}

async function putFile(tx: Tx, { file, now }: { readonly file: ProjectFile; readonly now: number }): Promise<void> {
  const project = await knownProject(tx, file.projectId);
  refuseProjectOfSource(project);
  await tx.projectFiles.put([file]);
  await tx.journal.append([{ kind: "project-changed", projectId: project.id, at: now }]);
}

/**
 * Keeps a file of an uploaded project, 2 GiB at most; a second upload of the same path replaces the first.
 *
 * @throws RefusedError `not-found` for an unknown project, `invalid` for a path that could leave the project's folder,
 * `exhausted` when the file is too large or the disk is full
 */
export async function uploadProjectFile(
  { store, objects, clock }: Pick<Ports, "store" | "objects" | "clock">,
  ask: { readonly projectId: string; readonly path: string; readonly content: AsyncIterable<Uint8Array> },
): Promise<ProjectFile> {
  const path = checkFilePath(ask.path, "filepath");
  await store.transact(knownProject, ask.projectId);
  const { hash, size } = await keepObject({ store, objects, clock }, ask.content, largest);
  const file: ProjectFile = { projectId: ask.projectId, path, size, hash };
  await store.transact(putFile, { file, now: clock.now() });
  return file;
}
