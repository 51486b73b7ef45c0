import type { Entry } from "#core/journal/entry.ts";
import { deployModel } from "#core/models/deploy-model.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { TaskId } from "#core/tasks/task.ts";
import { type Loop, type LoopOptions, startLoop } from "#loops/loop.ts";

const idle = 60_000;

/** Unit of work: everything that is served, or should be. */
async function servedModels(tx: Tx) {
  const replicas = await tx.replicas.all();
  const models = await tx.models.all();
  return { ids: new Set([...models.map(({ id }) => id), ...replicas.map(({ modelId }) => modelId)]), replicas };
}

/** Keeps models served as they should be: when something of them changes, and when what serves them does. */
export function startDeployModels(ports: Ports, log: LoopOptions["log"]): Loop {
  const { store, clock } = ports;
  let serving: ReadonlySet<TaskId> = new Set();
  return startLoop({
    name: "deploy-models",
    log,
    async step() {
      const { ids, replicas } = await store.transact(servedModels, undefined);
      serving = new Set(replicas.map(({ taskId }) => taskId));
      const looks: number[] = [];
      for (const id of ids) looks.push((await deployModel(ports, id)) ?? Number.POSITIVE_INFINITY);
      return Math.max(10, Math.min(idle, ...looks.map((at) => at - clock.now())));
    },
    async wake(poke, signal) {
      const concerns = (entry: Entry) =>
        entry.kind === "model-changed" || ("taskId" in entry && serving.has(entry.taskId));
      for await (const _ of store.follow(store.position(), signal, concerns)) poke();
    },
  });
}
