import { RefusedError } from "#core/errors.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { Project } from "#core/projects/project.ts";

/**
 * Part of a unit: the project that others mean by a name. Uploads of one project share its name: the newest of them stands
 * for it, unless a source has the name too.
 *
 * @param field - where the name was written
 * @throws RefusedError `invalid` when several sources have the name
 */
export async function findOwner(tx: Tx, name: string, field: string): Promise<Project | undefined> {
  const found = await tx.projects.findByName(name);
  const sources = found.filter((candidate) => candidate.sourceId !== undefined);
  if (sources.length > 1) {
    throw new RefusedError(
      "invalid",
      `${field}: ${sources.length} sources contain a project named ${name}; rename one`,
      field,
    );
  }
  return sources[0] ?? found[0];
}
