import { type DataSet, type DataSetUse, dataSetId, plainPath } from "#core/data-sets/data-set.ts";
import { RefusedError } from "#core/errors.ts";
import type { Tx } from "#core/ports/tx.ts";
import { findOwner } from "#core/projects/find-owner.ts";
import type { DataSetDefinition, Project } from "#core/projects/project.ts";

interface Found {
  readonly owner: Project;
  readonly definition: DataSetDefinition;
}

/**
 * Part of a unit: the data sets that a task of a project names, as `name` for those of the project and `project.name` for
 * those of others.
 *
 * @throws RefusedError `invalid` for one that does not exist, or has a path that leads out of the project
 */
export async function findDataSets(tx: Tx, project: Project, names: readonly string[]): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const name of new Set(names)) {
    const one = ownDataSet(project, name) ?? (await dataSetOfOther(tx, name));
    if (!one) throw unknown(project, name);
    checkPath(one);
    found.push(one);
  }
  return found;
}

function ownDataSet(project: Project, name: string): Found | undefined {
  const { dataSets, name: projectName } = project.definition;
  const definition = dataSets.find((each) => each.name === name || dataSetId(projectName, each.name) === name);
  return definition && { owner: project, definition };
}

/** Names of projects may have dots, and so may those of data sets: every dot may be the one between. */
async function dataSetOfOther(tx: Tx, name: string): Promise<Found | undefined> {
  for (let dot = name.indexOf("."); dot > 0; dot = name.indexOf(".", dot + 1)) {
    const owner = await findOwner(tx, name.slice(0, dot), "dataSets");
    const definition = owner?.definition.dataSets.find((each) => each.name === name.slice(dot + 1));
    if (owner && definition) return { owner, definition };
  }
  return undefined;
}

function unknown({ definition }: Project, name: string): RefusedError {
  const known = definition.dataSets.map((each) => each.name).join(", ") || "none";
  return new RefusedError(
    "invalid",
    `dataSets: there is no data set ${name.slice(0, 200)}; project ${definition.name} has: ${known}. ` +
      "Those of another project are written project.name, and its source must be there",
    "dataSets",
  );
}

function checkPath({ owner, definition: { name, path } }: Found): void {
  if (!path.startsWith("/") && !path.split("/").includes("..") && !/[\0\\]/.test(path)) return;
  throw new RefusedError(
    "invalid",
    `dataSets: the path "${path.slice(0, 200)}" of ${dataSetId(owner.definition.name, name)} leads out of the project; ` +
      "write one that is relative to it",
    "dataSets.path",
  );
}

/**
 * Part of a unit: notes the data sets that a task names, so that they can be made.
 *
 * What is known of one stays while its definition does; a changed one is made anew for the next task that asks.
 *
 * @throws RefusedError as {@link findDataSets}
 */
export async function declareDataSets(
  tx: Tx,
  project: Project,
  names: readonly string[],
): Promise<readonly DataSetUse[]> {
  const found = await findDataSets(tx, project, names);
  const known = await tx.dataSets.getMany(
    found.map(({ owner, definition }) => dataSetId(owner.definition.name, definition.name)),
  );
  const declared = found.map(({ owner, definition }): DataSet => {
    const id = dataSetId(owner.definition.name, definition.name);
    const old = known.get(id);
    const fresh = { id, projectId: owner.id, projectName: owner.definition.name, definition, made: old?.made ?? 0 };
    const isSame = old !== undefined && JSON.stringify(old.definition) === JSON.stringify(definition);
    return isSame && old.producerId !== undefined ? { ...fresh, producerId: old.producerId } : fresh;
  });
  await tx.dataSets.put(declared);
  return declared.map(({ id, definition }) => ({ id, path: plainPath(definition.path) }));
}
