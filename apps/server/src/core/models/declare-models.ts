import { findModelProblems } from "#core/models/find-model-problems.ts";
import { type Model, modelId } from "#core/models/model.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { ModelDefinition, Project } from "#core/projects/project.ts";

/**
 * Part of a unit: notes the models of a project whose file is new or has changed.
 *
 * Of several projects with one name a source counts rather than uploads, of uploads the newest, and of sources the one that
 * had the models first.
 */
export async function declareModels(tx: Tx, project: Project, now: number): Promise<void> {
  const { name, models } = project.definition;
  const known = await tx.models.ofProject(name);
  if (await isOfAnotherSource(tx, project, known)) return;
  const changed: Model[] = [];
  for (const definition of models) {
    const old = known.find(({ id }) => id === modelId(name, definition.name));
    const fresh = await declareModel(tx, project, definition, old, now);
    if (JSON.stringify(fresh) !== JSON.stringify(old)) changed.push(fresh);
  }
  const names = new Set(models.map((definition) => modelId(name, definition.name)));
  const gone = known.filter(({ id }) => !names.has(id)).map(({ id }) => id);
  await tx.models.put(changed);
  await tx.models.delete(gone);
  await tx.journal.append(
    [...changed.map(({ id }) => id), ...gone].map((id) => ({ kind: "model-changed" as const, modelId: id, at: now })),
  );
}

async function isOfAnotherSource(tx: Tx, project: Project, known: readonly Model[]): Promise<boolean> {
  const others = known.map(({ projectId }) => projectId).filter((id) => id !== project.id);
  if (others.length === 0) return false;
  return [...(await tx.projects.getMany(others)).values()].some(({ sourceId }) => sourceId !== undefined);
}

async function declareModel(
  tx: Tx,
  project: Project,
  definition: ModelDefinition,
  old: Model | undefined,
  now: number,
): Promise<Model> {
  const { checked, latestValidatedVersion, choice } = old ?? {};
  return {
    id: modelId(project.definition.name, definition.name),
    projectId: project.id,
    projectName: project.definition.name,
    definition,
    trainings: old?.trainings ?? 0,
    problems: await findModelProblems(tx, project, definition),
    ...(checked ? { checked } : {}),
    ...(latestValidatedVersion === undefined ? {} : { latestValidatedVersion }),
    ...(choice ? { choice } : {}),
    createdAt: old?.createdAt ?? now,
  };
}

/** Part of a unit: the models of a project that is gone go with it; what is known of their versions stays. */
export async function dropModels(tx: Tx, project: Project | undefined, now: number): Promise<void> {
  if (!project) return;
  const own = (await tx.models.ofProject(project.definition.name)).filter(({ projectId }) => projectId === project.id);
  const ids = own.map(({ id }) => id);
  await tx.models.delete(ids);
  await tx.journal.append(ids.map((id) => ({ kind: "model-changed" as const, modelId: id, at: now })));
}
