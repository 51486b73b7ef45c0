import type { Model } from "#core/models/model.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { Project } from "#core/projects/project.ts";
import type { SavedView } from "#core/saved-views/saved-view.ts";
import { beyond, beyondError, refuseForeign } from "#core/scope/beyond.ts";
import { limitedFrom } from "#core/scope/whole-tx.ts";
import type { TaskBatch } from "#core/task-batches/task-batch.ts";
import type { Task, TaskId } from "#core/tasks/task.ts";

/**
 * A unit's access for callers who see some projects only: what belongs to others does not exist, and nothing can be made
 * there. The compiler names what is new in {@link Tx} and has no answer here yet.
 */
export function limitedTx(tx: Tx, projects: readonly string[]): Tx {
  const seesProject = ({ definition }: Project) => projects.includes(definition.name);
  const knownProjects = async (ids: readonly string[]) => kept(await tx.projects.getMany(ids), seesProject);
  const refuseUnknown = async (ids: readonly string[]) => {
    const known = await knownProjects(ids);
    if (ids.some((id) => !known.has(id))) throw beyondError();
  };
  return limitedFrom(tx, {
    projects: {
      async insert(made) {
        refuseForeign(projects, namesOf(made));
        await tx.projects.insert(made);
      },
      async put(made) {
        refuseForeign(projects, namesOf(made));
        await tx.projects.put(made);
      },
      getMany: knownProjects,
      findByName: async (name, limit) => (projects.includes(name) ? tx.projects.findByName(name, limit) : []),
      countUploads: async (name) => (projects.includes(name) ? tx.projects.countUploads(name) : 0),
      async delete(ids) {
        await refuseUnknown(ids);
        await tx.projects.delete(ids);
      },
    },
    projectFiles: {
      async put(files) {
        await refuseUnknown(files.map(({ projectId }) => projectId));
        await tx.projectFiles.put(files);
      },
      list: async (id) => ((await knownProjects([id])).has(id) ? tx.projectFiles.list(id) : []),
    },
    sources: limitedSources(tx, knownProjects),
    tasks: limitedTasks(tx, projects),
    schedules: limitedSchedules(tx, projects),
    dataSets: {
      async put(changed) {
        refuseForeign(
          projects,
          changed.map(({ projectName }) => projectName),
        );
        await tx.dataSets.put(changed);
      },
      getMany: async (ids) => kept(await tx.dataSets.getMany(ids), ({ projectName }) => projects.includes(projectName)),
    },
    models: limitedModels(tx, projects),
    // Reached by way of a model that exists.
    modelVersions: tx.modelVersions,
    modelRuns: tx.modelRuns,
    replicas: limitedReplicas(tx),
    // Reached by way of a task that exists.
    attempts: tx.attempts,
    deletions: {
      put: (marks) => tx.deletions.put(marks),
      getMany: (ids) => tx.deletions.getMany(ids),
      approved: () => Promise.reject(beyondError()),
    },
    dependencies: tx.dependencies,
    usage: tx.usage,
    artifacts: tx.artifacts,
    objects: tx.objects,
    workers: tx.workers,
    providedWorkers: tx.providedWorkers,
    logPlaces: tx.logPlaces,
    journal: tx.journal,
    savedViews: limitedSavedViews(tx, projects),
    taskBatches: limitedTaskBatches(tx, projects),
    jobs: beyond(),
    stagedFiles: beyond(),
    servers: beyond(),
    secrets: beyond(),
    tokens: beyond(),
    audit: beyond(),
    settings: beyond(),
  });
}

/** A source has its project's name once it was synced; the project has its id. */
function limitedSources(
  tx: Tx,
  knownProjects: (ids: readonly string[]) => Promise<ReadonlyMap<string, Project>>,
): Tx["sources"] {
  const visible = async <S extends { readonly id: string }>(sources: readonly S[]) => {
    const known = await knownProjects(sources.map(({ id }) => id));
    return sources.filter(({ id }) => known.has(id));
  };
  return {
    insert: () => Promise.reject(beyondError()),
    replace: () => Promise.reject(beyondError()),
    delete: () => Promise.reject(beyondError()),
    async getMany(ids) {
      const known = await knownProjects(ids);
      return kept(await tx.sources.getMany(ids), ({ id }) => known.has(id));
    },
    findByRepository: async (repository) => visible(await tx.sources.findByRepository(repository)),
    all: async () => visible(await tx.sources.all()),
  };
}

function limitedTasks({ tasks }: Tx, projects: readonly string[]): Tx["tasks"] {
  const seesTask = ({ projectName }: Task) => projects.includes(projectName);
  const getMany = async (ids: readonly TaskId[]) => kept(await tasks.getMany(ids), seesTask);
  const ifSeen = (task: Task | undefined) => (task && seesTask(task) ? task : undefined);
  return {
    nextIds: (count) => tasks.nextIds(count),
    async insert(made) {
      refuseForeign(
        projects,
        made.map(({ task }) => task.projectName),
      );
      await tasks.insert(made);
    },
    getMany,
    async specs(ids) {
      const known = await getMany(ids);
      return tasks.specs(ids.filter((id) => known.has(id)));
    },
    findByName: async (dialect, name, projectId) => ifSeen(await tasks.findByName(dialect, name, projectId)),
    findByRequestId: async (requestId) => ifSeen(await tasks.findByRequestId(requestId)),
    replace: (changes) => tasks.replace(changes.filter(({ task }) => seesTask(task))),
    delete: async (ids) => tasks.delete([...(await getMany(ids)).keys()]),
    claim: () => Promise.reject(beyondError()),
    due: () => Promise.reject(beyondError()),
    nextDue: () => Promise.reject(beyondError()),
  };
}

function limitedModels({ models }: Tx, projects: readonly string[]): Tx["models"] {
  const isSeen = ({ projectName }: Model) => projects.includes(projectName);
  return {
    async put(changed) {
      refuseForeign(
        projects,
        changed.map(({ projectName }) => projectName),
      );
      await models.put(changed);
    },
    getMany: async (ids) => kept(await models.getMany(ids), isSeen),
    ofProject: async (name) => (projects.includes(name) ? models.ofProject(name) : []),
    all: async () => (await models.all()).filter(isSeen),
    delete: async (ids) => models.delete([...kept(await models.getMany(ids), isSeen).keys()]),
  };
}

function limitedReplicas({ replicas }: Tx): Tx["replicas"] {
  return {
    put: (changed) => replicas.put(changed),
    getMany: (ids) => replicas.getMany(ids),
    of: (id) => replicas.of(id),
    all: () => Promise.reject(beyondError()),
    delete: (ids) => replicas.delete(ids),
  };
}

function limitedSchedules({ schedules }: Tx, projects: readonly string[]): Tx["schedules"] {
  return {
    async put(changed) {
      refuseForeign(
        projects,
        changed.map(({ projectName }) => projectName),
      );
      await schedules.put(changed);
    },
    getMany: async (ids) => kept(await schedules.getMany(ids), ({ projectName }) => projects.includes(projectName)),
    async ofProject(projectId, projectName) {
      const found = await schedules.ofProject(projectId, projectName);
      return found.filter((schedule) => projects.includes(schedule.projectName));
    },
    async delete(ids) {
      const seen = kept(await schedules.getMany(ids), ({ projectName }) => projects.includes(projectName));
      await schedules.delete([...seen.keys()]);
    },
    due: () => Promise.reject(beyondError()),
    nextDue: () => Promise.reject(beyondError()),
    putTicks: (ticks, keep) => schedules.putTicks(ticks, keep),
  };
}

/** A view belongs to whoever sees its project; one of no project belongs to those who see all. */
function limitedSavedViews({ savedViews }: Tx, projects: readonly string[]): Tx["savedViews"] {
  const isSeen = ({ projectName }: SavedView) => projects.includes(projectName);
  return {
    async put(views) {
      refuseForeign(
        projects,
        views.map(({ projectName }) => projectName),
      );
      await savedViews.put(views);
    },
    getMany: async (ids) => kept(await savedViews.getMany(ids), isSeen),
    all: async () => (await savedViews.all()).filter(isSeen),
    async delete(ids) {
      await savedViews.delete([...kept(await savedViews.getMany(ids), isSeen).keys()]);
    },
  };
}

/** A batch is seen by those who see all that it may touch. */
function limitedTaskBatches({ taskBatches }: Tx, projects: readonly string[]): Tx["taskBatches"] {
  const isSeen = (batch: TaskBatch) => batch.projects?.every((name) => projects.includes(name)) ?? false;
  const all = async () => (await taskBatches.all()).filter(isSeen);
  return {
    async put(batches) {
      if (!batches.every(isSeen)) throw beyondError();
      await taskBatches.put(batches);
    },
    getMany: async (ids) => kept(await taskBatches.getMany(ids), isSeen),
    all,
    async delete(ids) {
      await taskBatches.delete((await all()).map(({ id }) => id).filter((id) => ids.includes(id)));
    },
    putTarget: (id, target) => taskBatches.putTarget(id, target),
    target: () => Promise.reject(beyondError()),
    putRefusals: () => Promise.reject(beyondError()),
    refusals: async (id, limit) =>
      (await all()).some((batch) => batch.id === id) ? taskBatches.refusals(id, limit) : [],
  };
}

function namesOf(projects: readonly Project[]): readonly string[] {
  return projects.map(({ definition }) => definition.name);
}

function kept<K, V>(map: ReadonlyMap<K, V>, keep: (value: V) => boolean): ReadonlyMap<K, V> {
  return new Map([...map].filter(([, value]) => keep(value)));
}
