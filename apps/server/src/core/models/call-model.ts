import { RefusedError } from "#core/errors.ts";
import { liveReplicas } from "#core/models/deploy-model.ts";
import { deploymentOf } from "#core/models/deployment.ts";
import { modelId } from "#core/models/model.ts";
import { isServing } from "#core/models/plan-replicas.ts";
import type { Ports } from "#core/ports/index.ts";
import { EndpointAwayError } from "#core/ports/model-endpoints.ts";
import type { Tx } from "#core/ports/tx.ts";
import { wholeTx } from "#core/scope/whole-tx.ts";
import type { TaskId } from "#core/tasks/task.ts";

interface ModelName {
  readonly projectName: string;
  readonly name: string;
}

interface Serving {
  /** Replicas that answer, on this server's workers. */
  readonly here: readonly TaskId[];
  /** Servers that have others. */
  readonly elsewhere: readonly string[];
  /** Why none answers. */
  readonly problem: string;
}

/** Unit of work: who answers for a model. */
async function findServing(
  tx: Tx,
  { projectName, name, serverId }: ModelName & { readonly serverId: string | undefined },
): Promise<Serving> {
  const id = modelId(projectName, name);
  const model = (await tx.models.getMany([id])).get(id);
  if (!model) throw new RefusedError("not-found", `there is no model ${id.slice(0, 200)}`);
  const serving = (await liveReplicas(tx, await tx.replicas.of(id))).filter(isServing);
  const usable = serving.filter(({ replica }) => replica.drainingAt === undefined);
  const chosen = usable.length > 0 ? usable : serving;
  const workers = await tx.workers.getMany(chosen.flatMap(({ task }) => task.workerId ?? []));
  const serverOf = (workerId = "") => workers.get(workerId)?.serverId;
  const deployment = deploymentOf(model, await tx.modelVersions.of(id));
  return {
    here: chosen.filter(({ task }) => serverOf(task.workerId) === serverId).map(({ task }) => task.id),
    elsewhere: await placesOf(tx, new Set(chosen.flatMap(({ task }) => serverOf(task.workerId) ?? []))),
    problem:
      deployment.state === "stopped"
        ? "it is not deployed"
        : (deployment.problem ?? "no replica is ready yet; ask again in a moment"),
  };
}

/** Where servers are, for people. */
async function placesOf(tx: Tx, ids: ReadonlySet<string>): Promise<readonly string[]> {
  if (ids.size === 0) return [];
  const servers = await wholeTx(tx).servers.all();
  return servers.filter(({ id }) => ids.has(id)).map(({ name, url }) => `${name}, ${url}`);
}

/**
 * Sends a request on to one of the processes that serve a model, each in its turn. One that has gone is passed by.
 *
 * @param path - behind the model's own address, with the query
 * @throws RefusedError `not-found` for an unknown model; `unavailable` while nobody answers for it
 */
export async function callModel(
  { store, endpoints, leases, random }: Pick<Ports, "store" | "endpoints" | "leases" | "random">,
  { request, path, ...name }: ModelName & { readonly request: Request; readonly path: string },
): Promise<Response> {
  const { here, elsewhere, problem } = await store.transact(findServing, { ...name, serverId: leases.serverId });
  const first = here.length === 0 ? 0 : random.bytes(1)[0]! % here.length;
  for (const taskId of [...here.slice(first), ...here.slice(0, first)]) {
    try {
      return await endpoints.call(taskId, request, path);
    } catch (error) {
      if (!(error instanceof EndpointAwayError)) throw error;
    }
  }
  const id = modelId(name.projectName, name.name);
  if (here.length === 0 && elsewhere.length > 0) {
    throw new RefusedError(
      "unavailable",
      `model ${id} is served by another server: call it at ${elsewhere.join(" or ")}`,
    );
  }
  throw new RefusedError("unavailable", `model ${id} does not answer: ${problem}`);
}
