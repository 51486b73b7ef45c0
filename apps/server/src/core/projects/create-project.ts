import { RefusedError } from "#core/errors.ts";
import { newId } from "#core/ids.ts";
import { declareModels } from "#core/models/declare-models.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { Project, ProjectDefinition } from "#core/projects/project.ts";
import { keepSchedules } from "#core/schedules/keep-schedules.ts";
import { planSchedules } from "#core/schedules/plan-schedules.ts";
import type { Schedule } from "#core/schedules/schedule.ts";

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

async function insertProject(
  tx: Tx,
  { project, schedules }: { readonly project: Project; readonly schedules: readonly Schedule[] },
): Promise<Project> {
  await tx.projects.insert([project]);
  const { id, definition, createdAt } = project;
  await keepSchedules(tx, {
    projectId: id,
    projectName: definition.name,
    fromSource: false,
    schedules,
    now: createdAt,
  });
  await declareModels(tx, project, createdAt);
  await tx.journal.append([{ kind: "project-changed", projectId: project.id, at: project.createdAt }]);
  return project;
}

/**
 * Keeps an uploaded project. Every call makes a new one: its id is the name and five random characters.
 *
 * @throws RefusedError `invalid` for a name that cannot be used, or a schedule that cannot be followed
 */
export async function createProject(
  { store, clock, random, calendar }: Pick<Ports, "store" | "clock" | "random" | "calendar">,
  ask: { readonly definition: ProjectDefinition; readonly triggers: boolean; readonly fileText?: string },
): Promise<Project> {
  const { definition, triggers, fileText } = ask;
  checkProjectName(definition.name);
  const now = clock.now();
  const id = newId(random, definition.name, 5);
  const project: Project = { id, definition, triggers, createdAt: now, updatedAt: now, ...(fileText && { fileText }) };
  const schedules = planSchedules(project, calendar, now);
  for (const { taskName, problem } of schedules) {
    if (problem === undefined) continue;
    throw new RefusedError("invalid", `cfg.tasks: task ${taskName}: triggers.${problem}`, "cfg.tasks");
  }
  return store.transact(insertProject, { project, schedules });
}
