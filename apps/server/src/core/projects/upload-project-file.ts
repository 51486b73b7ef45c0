import { RefusedError } from "#core/errors.ts";
import { keepObject } from "#core/objects/keep-object.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import { checkFilePath } from "#core/projects/file-path.ts";
import { knownProject } from "#core/projects/known-project.ts";
import type { Project, ProjectFile } from "#core/projects/project.ts";

const largest = 2 * 2 ** 30;

/** @throws RefusedError `conflict` for the project of a source: its files are those of the repository */
export function refuseProjectOfSource({ id, sourceId }: Project): void {
  if (sourceId === undefined) return;
  throw new RefusedError("conflict", `project ${id} belongs to a source; push the file to its repository`);
}

/** Unit of work: gives a project files whose content is kept. */
export async function putFiles(
  tx: Tx,
  {
    projectId,
    files,
    now,
  }: { readonly projectId: string; readonly files: readonly ProjectFile[]; readonly now: number },
): Promise<void> {
  refuseProjectOfSource(await knownProject(tx, projectId));
  await tx.projectFiles.put(files);
  await tx.journal.append([{ kind: "project-changed", projectId, at: now }]);
}

/**
 * Keeps the content of a file that is going to be a project's.
 *
 * @param sha256 - what the content must be, where the sender has said it
 * @throws RefusedError `exhausted` when it is too large or the disk is full, `invalid` when it is not what was said
 */
export async function keepFile(
  ports: Pick<Ports, "store" | "objects" | "clock">,
  ask: { readonly projectId: string; readonly path: string; readonly content: AsyncIterable<Uint8Array> },
  sha256?: string,
): Promise<ProjectFile> {
  const { hash, size } = await keepObject(ports, ask.content, largest);
  if (sha256 !== undefined && hash !== sha256) {
    throw new RefusedError(
      "invalid",
      `file.sha256: the content of ${ask.path} has another hash; it may have changed meanwhile: send it again`,
      "file.sha256",
    );
  }
  return { projectId: ask.projectId, path: ask.path, size, hash };
}

/**
 * Keeps a file of an uploaded project, 2 GiB at most; a second upload of the same path replaces the first. What does not
 * come to its end leaves nothing.
 *
 * @throws RefusedError `not-found` for an unknown project, `invalid` for a path that could leave the project's folder,
 * `exhausted` when the file is too large or the disk is full
 */
export async function uploadProjectFile(
  ports: Pick<Ports, "store" | "objects" | "clock">,
  ask: { readonly projectId: string; readonly path: string; readonly content: AsyncIterable<Uint8Array> },
): Promise<ProjectFile> {
  const { store, clock } = ports;
  const { projectId } = ask;
  const path = checkFilePath(ask.path, "filepath");
  await store.transact(knownProject, projectId);
  const file = await keepFile(ports, { ...ask, path });
  await store.transact(putFiles, { projectId, files: [file], now: clock.now() });
  return file;
}
