import { type Deployment, deploymentOf } from "#core/models/deployment.ts";
import type { Model, ModelVersion, Replica } from "#core/models/model.ts";
import { isLive, type LiveReplica, planReplicas } from "#core/models/plan-replicas.ts";
import { replicaSpec } from "#core/models/replica-spec.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import { requestCancel } from "#core/tasks/cancel-task.ts";
import { checkAsk, queueTasks } from "#core/tasks/submit-task.ts";
import type { TaskId } from "#core/tasks/task.ts";

interface Deploy {
  readonly id: string;
  readonly readyWithin: number;
  readonly now: number;
}

/** Of a model, so that it can be seen why they ended. */
const endedKept = 20;

const stopped: Deployment = { state: "stopped", replicas: 0, chosen: false };

/** Unit of work: brings what serves a model in step with what should; answers when to look again. */
async function deploy(tx: Tx, { id, readyWithin, now }: Deploy): Promise<number | undefined> {
  const model = (await tx.models.getMany([id])).get(id);
  const versions = model ? await tx.modelVersions.of(id) : [];
  const wanted = model ? deploymentOf(model, versions) : stopped;
  const all = await liveReplicas(tx, await tx.replicas.of(id));
  const plan = planReplicas(wanted, all, readyWithin, now);
  const drained = plan.drain.map(({ replica }): Replica => ({ ...replica, drainingAt: now }));
  const ended = plan.end.map(({ replica, problem }): Replica => {
    return { ...replica, endedAt: now, ...(problem === undefined ? {} : { problem }) };
  });
  for (const { task } of plan.end) await requestCancel(tx, { id: task.id, by: "tributary", now });
  const version = versions.find((each) => each.version === wanted.version);
  const started =
    model && version && plan.start > 0 ? await startReplicas(tx, { model, version, count: plan.start, now }) : [];
  await tx.replicas.delete(forgotten(all));
  await tx.replicas.put([...drained, ...ended, ...started]);
  if (drained.length + ended.length + started.length > 0) {
    await tx.journal.append([{ kind: "model-changed", modelId: id, at: now }]);
  }
  return plan.lookAt;
}

/** Ended ones, but for the newest. */
function forgotten(all: readonly LiveReplica[]): readonly TaskId[] {
  const ended = all.filter((each) => !isLive(each)).map(({ task }) => task.id);
  return ended.sort((a, b) => b - a).slice(endedKept);
}

/** Part of a unit: replicas whose tasks are still kept. */
export async function liveReplicas(tx: Tx, replicas: readonly Replica[]): Promise<readonly LiveReplica[]> {
  const tasks = await tx.tasks.getMany(replicas.map(({ taskId }) => taskId));
  return replicas.flatMap((replica) => {
    const task = tasks.get(replica.taskId);
    return task ? [{ replica, task }] : [];
  });
}

interface StartReplicas {
  readonly model: Model;
  readonly version: ModelVersion;
  readonly count: number;
  readonly now: number;
}

async function startReplicas(tx: Tx, { model, version, count, now }: StartReplicas): Promise<readonly Replica[]> {
  if (!version.serving) return [];
  const ask = {
    dialect: "tributary" as const,
    projectId: model.projectId,
    projectName: model.projectName,
    title: `serve-${model.definition.name}-${version.version}`,
    spec: replicaSpec(model, version, version.serving),
    creator: "tributary",
  };
  const demand = checkAsk(ask);
  const tasks = await queueTasks(tx, { asks: Array.from({ length: count }, () => ({ ...ask, demand })), now });
  return tasks.map(({ id }) => ({ taskId: id, modelId: model.id, version: version.version, createdAt: now }));
}

/**
 * Has a model served as its project and people want it: starts replicas, ends those that are not wanted, and replaces those
 * of an older version once newer ones answer.
 *
 * @returns when to look again unless something happens
 */
export function deployModel(
  { store, clock, modelSettings }: Pick<Ports, "store" | "clock" | "modelSettings">,
  id: string,
): Promise<number | undefined> {
  return store.transact(deploy, { id, readyWithin: modelSettings.readyWithin, now: clock.now() });
}
