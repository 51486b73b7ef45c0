import { RefusedError } from "#core/errors.ts";
import { newId } from "#core/ids.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/store.ts";
import type { Project, ProjectDefinition } from "#core/projects/project.ts";

/** @throws RefusedError `invalid` for a name that is not RFC 1123: lower case letters, digits, `-` and `.` */
export function checkProjectName(name: string): void {
  if (name === "") throw new RefusedError("invalid", "cfg.name: is empty; give the project a name", "cfg.name");
  if (name.length > 200) {
    throw new RefusedError("invalid", `cfg.name: has ${name.length} characters, at most 200 are allowed`, "cfg.name");
  }
  if (!/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name)) {
    throw new RefusedError(
      "invalid",
      `cfg.name: "${name.slice(0, 80)}" may have lower case letters, digits, - and ., and must begin and end with a letter or digit`,
      "cfg.name",
    );
  }
}

async function insertProject(tx: Tx, project: Project): Promise<Project> {
  await tx.projects.insert([project]);
  await tx.journal.append([{ kind: "project-changed", projectId: project.id, at: project.createdAt }]);
  return project;
}

/**
 * Keeps an uploaded project. Every call makes a new one: its id is the name and five random characters.
 *
 * @throws RefusedError `invalid` for a name that cannot be used
 */
export function createProject(
  { store, clock, random }: Pick<Ports, "store" | "clock" | "random">,
  ask: { readonly definition: ProjectDefinition; readonly triggers: boolean },
): Promise<Project> {
  const { definition, triggers } = ask;
  checkProjectName(definition.name);
  const now = clock.now();
  const id = newId(random, definition.name, 5);
  return store.transact(insertProject, { id, definition, triggers, createdAt: now, updatedAt: now });
}
