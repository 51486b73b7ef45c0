import { RefusedError } from "#core/errors.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { Project } from "#core/projects/project.ts";

/** @throws RefusedError `not-found` */
export async function knownProject(tx: Tx, id: string): Promise<Project> {
  const project = (await tx.projects.getMany([id])).get(id);
  if (!project) throw new RefusedError("not-found", `there is no project ${id.slice(0, 80)}`);
  return project;
}
