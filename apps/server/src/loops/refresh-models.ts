import type { Entry } from "#core/journal/entry.ts";
import { declareModels } from "#core/models/declare-models.ts";
import { refreshModel } from "#core/models/refresh-model.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { TaskId } from "#core/tasks/task.ts";
import { type Loop, type LoopOptions, startLoop } from "#loops/loop.ts";

/** Unit of work: notes the models of projects that an earlier version of the server has kept. */
async function declareAll(
  tx: Tx,
  { ids, now }: { readonly ids: readonly string[]; readonly now: number },
): Promise<void> {
  for (const project of (await tx.projects.getMany(ids)).values()) await declareModels(tx, project, now);
}

/** Unit of work: all models, and the tasks that may soon have something to tell of them. */
async function modelsAndRuns(tx: Tx) {
  const models = await tx.models.all();
  const runs = await Promise.all(models.map(({ id }) => tx.modelRuns.of(id, 20)));
  const tasks = await tx.tasks.getMany(runs.flat().map(({ taskId }) => taskId));
  const open = runs.flat().filter(({ taskId }) => tasks.get(taskId)?.endedAt === undefined);
  return { models, open };
}

/** Reads the versions of models: each a while after the last time, and when a task of it has ended. */
export function startRefreshModels(ports: Ports, log: LoopOptions["log"]): Loop {
  const { store, clock, modelSettings } = ports;
  const asked = new Set<string>();
  const watched = new Map<TaskId, string>();
  let declared = false;
  return startLoop({
    name: "refresh-models",
    log,
    async step(signal) {
      if (!declared) {
        const projects = (await store.view.listProjects()).filter(
          ({ project }) => project.definition.models.length > 0,
        );
        await store.transact(declareAll, { ids: projects.map(({ project }) => project.id), now: clock.now() });
        declared = true;
      }
      const { models, open } = await store.transact(modelsAndRuns, undefined);
      watched.clear();
      for (const { taskId, modelId } of open) watched.set(taskId, modelId);
      const dueAt = ({ checked }: (typeof models)[number]) => (checked?.at ?? 0) + modelSettings.refreshEvery;
      for (const model of models) {
        signal.throwIfAborted();
        if (!asked.delete(model.id) && dueAt(model) > clock.now()) continue;
        await refreshModel(ports, model.id, signal);
      }
      return models.length === 0 ? Number.POSITIVE_INFINITY : modelSettings.refreshEvery;
    },
    async wake(poke, signal) {
      const concerns = (entry: Entry) =>
        entry.kind === "model-changed" || (entry.kind === "task-ended" && watched.has(entry.taskId));
      for await (const entries of store.follow(store.position(), signal, concerns)) {
        for (const entry of entries) {
          const modelId = entry.kind === "task-ended" ? watched.get(entry.taskId) : undefined;
          if (modelId !== undefined) asked.add(modelId);
          if (modelId !== undefined || entry.kind === "model-changed") poke();
        }
      }
    },
  });
}
