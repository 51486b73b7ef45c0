import type { ServiceImpl } from "@connectrpc/connect";
import type { ModelService } from "@tributary/proto/tributary/v1/models_pb";
import { RefusedError } from "#core/errors.ts";
import { chooseDeployment } from "#core/models/choose-deployment.ts";
import { knownModel } from "#core/models/known-model.ts";
import { refreshModel } from "#core/models/refresh-model.ts";
import { trainModel } from "#core/models/train-model.ts";
import { validateVersion } from "#core/models/validate-version.ts";
import type { Ports } from "#core/ports/index.ts";
import type { KeptModel } from "#core/ports/view.ts";
import { fromModel, fromModelDetail } from "#facades/tributary/translate-models.ts";
import { fromTask } from "#facades/tributary/translate-tasks.ts";
import { principalOf } from "#rpc/auth.ts";
import { toPositionToken } from "#rpc/position.ts";

export function modelHandlers(ports: Ports): ServiceImpl<typeof ModelService> {
  const { store, tracking } = ports;
  const workers = async () => (await store.view.listWorkers()).workers;
  const told = async (id: string) => ({ model: fromModel(await keptModel(ports, id), await workers()) });
  const taskOf = async (id: number) => {
    const [task] = await store.view.getTasks([id]);
    return task ? { task: fromTask(task, await workers()) } : {};
  };
  return {
    async listModels({ projectName }) {
      const { models, position } = await store.view.listModels({});
      const wanted = models.filter(({ model }) => projectName === "" || model.projectName === projectName);
      const loads = await workers();
      return {
        models: wanted.map((kept) => fromModel(kept, loads)),
        position: toPositionToken(position),
        trackingUri: tracking.uri,
      };
    },
    async getModel({ id }) {
      const { models, position } = await store.view.listModels({ id });
      const kept = models[0] ?? (await keptModel(ports, id));
      return {
        ...fromModelDetail(kept, await workers()),
        position: toPositionToken(position),
        trackingUri: tracking.uri,
      };
    },
    async trainModel({ id }, context) {
      const { projectName, definition } = await store.transact(knownModel, id);
      const by = principalOf(context).name;
      return taskOf((await trainModel(ports, { projectName, name: definition.name, by })).id);
    },
    async refreshModel({ id }, { signal }) {
      await store.transact(knownModel, id);
      await refreshModel(ports, id, signal);
      return told(id);
    },
    async validateVersion({ id, version }, context) {
      return taskOf(await validateVersion(ports, { id, version, by: principalOf(context).name }));
    },
    async deployModel({ id, version }, context) {
      const by = principalOf(context).name;
      await chooseDeployment(ports, { id, state: "following", by, ...(version > 0 ? { version } : {}) });
      return told(id);
    },
    async pauseDeployment({ id }, context) {
      await chooseDeployment(ports, { id, state: "paused", by: principalOf(context).name });
      return told(id);
    },
    async stopDeployment({ id }, context) {
      await chooseDeployment(ports, { id, state: "stopped", by: principalOf(context).name });
      return told(id);
    },
  };
}

/** @throws RefusedError `not-found` */
async function keptModel({ store }: Pick<Ports, "store">, id: string): Promise<KeptModel> {
  const [kept] = (await store.view.listModels({ id })).models;
  if (!kept) throw new RefusedError("not-found", `there is no model ${id.slice(0, 200)}; write project/model`, "id");
  return kept;
}
