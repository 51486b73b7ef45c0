import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import { checkFilePath } from "#core/projects/file-path.ts";
import { knownProject } from "#core/projects/known-project.ts";
import type { ProjectFile } from "#core/projects/project.ts";
import { putFiles } from "#core/projects/upload-project-file.ts";

/** Uploads of the same name that are looked through, the own one among them. */
const mostUploads = 5;

/** A file as its owner says it is. */
export interface WantedFile {
  readonly path: string;
  readonly size: number;
  readonly hash: string;
}

interface Reuse {
  readonly projectId: string;
  readonly files: readonly WantedFile[];
  readonly now: number;
}

/**
 * Unit of work: gives a project the files whose content it or the newest uploads of its name have. Nothing else counts:
 * that somebody knows a hash must not bring them what others have kept.
 *
 * @returns places of those that are missing
 */
async function reuseKnown(tx: Tx, { projectId, files, now }: Reuse): Promise<readonly number[]> {
  const project = await knownProject(tx, projectId);
  const uploads = (await tx.projects.findByName(project.definition.name, mostUploads)).filter(
    ({ sourceId }) => sourceId === undefined,
  );
  const known = new Map<string, number>();
  for (const id of new Set([projectId, ...uploads.map((upload) => upload.id)])) {
    for (const { hash, size } of await tx.projectFiles.list(id)) if (hash !== "") known.set(hash, size);
  }
  const found = files.filter(({ hash, size }) => known.get(hash) === size);
  await putFiles(tx, {
    projectId,
    files: found.map(({ path, size, hash }): ProjectFile => ({ projectId, path, size, hash })),
    now,
  });
  const kept = new Set(found);
  return files.flatMap((file, place) => (kept.has(file) ? [] : [place]));
}

/**
 * Gives a project the files that need not be sent.
 *
 * @returns places, from 0, of those that must be
 * @throws RefusedError `not-found` for an unknown project, `conflict` for that of a source, `invalid` for a path that could
 * leave the project's folder
 */
export function reuseFiles(
  { store, clock }: Pick<Ports, "store" | "clock">,
  { projectId, files }: Pick<Reuse, "projectId" | "files">,
): Promise<readonly number[]> {
  const checked = files.map((file, place) => ({ ...file, path: checkFilePath(file.path, `files[${place}].path`) }));
  const paths = new Set(checked.map(({ path }) => path));
  if (paths.size < checked.length) throw new RefusedError("invalid", "files: a path is there twice", "files");
  return store.transact(reuseKnown, { projectId, files: checked, now: clock.now() });
}
