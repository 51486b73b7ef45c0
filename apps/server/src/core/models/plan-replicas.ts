import type { Deployment } from "#core/models/deployment.ts";
import type { Replica } from "#core/models/model.ts";
import type { Task } from "#core/tasks/task.ts";
import { isTerminal } from "#core/tasks/transitions.ts";

/** A replica, and the task that it is. */
export interface LiveReplica {
  readonly replica: Replica;
  readonly task: Task;
}

/** What is to be done so that a model is served as it should be. */
export interface ReplicaPlan {
  /** So many more of the wanted version. */
  readonly start: number;
  /** To be sent nothing new. */
  readonly drain: readonly LiveReplica[];
  /** To be ended: they have had time to finish what they did, or never became ready. */
  readonly end: readonly (LiveReplica & { readonly problem?: string })[];
  /** When to look again, unless something happens before. */
  readonly lookAt?: number;
}

/** How long requests that were sent to a replica just before it drained may still be on their way to it. */
const drainFor = 2_000;
const firstPause = 30_000;
const longestPause = 300_000;
/** One that was ready for so long did not fail at its start. */
const steady = 600_000;

/** A replica that may still serve. */
export function isLive({ replica, task }: LiveReplica): boolean {
  return !isTerminal(task.state) && task.state !== "cancelling" && replica.endedAt === undefined;
}

/** A replica that answers requests now. */
export function isServing(live: LiveReplica): boolean {
  const { replica, task } = live;
  return isLive(live) && task.phase === "running" && replica.ready?.attempt === task.attempt;
}

/**
 * Decides what to do. Replicas of other versions stay until as many of the wanted one are ready as are wanted, so that
 * somebody answers at any time.
 *
 * @param all - of the model, ended ones too
 * @param readyWithin - milliseconds in which a process must become ready
 */
export function planReplicas(
  { replicas: wanted, version, state }: Pick<Deployment, "replicas" | "version" | "state">,
  all: readonly LiveReplica[],
  readyWithin: number,
  now: number,
): ReplicaPlan {
  const live = all.filter(isLive);
  const late = live.flatMap((each) => asLate(each, readyWithin, now));
  const isLate = ({ task }: LiveReplica) => late.some((each) => each.task.id === task.id);
  const drained = live.filter(
    ({ replica }) => replica.drainingAt !== undefined && replica.drainingAt + drainFor <= now,
  );
  const usable = live.filter((each) => each.replica.drainingAt === undefined && !isLate(each));
  const own = usable.filter(({ replica }) => replica.version === version);
  const others = usable.filter(({ replica }) => replica.version !== version);
  const ready = own.filter(isServing).length;
  const missing = Math.max(0, wanted - own.length);
  const resumesAt = missing > 0 ? pauseEnd(all, version) : 0;
  // Nothing to serve for now is no reason to end what serves, unless it is to be stopped.
  const keptOthers = wanted === 0 && state !== "stopped" ? others.length : Math.max(0, wanted - ready);
  const drain = [
    ...surplus(own, wanted === 0 && state !== "stopped" ? own.length : wanted),
    ...surplus(others, keptOthers),
  ];
  const lookAt = Math.min(
    ...live.flatMap(({ replica }) => (replica.drainingAt === undefined ? [] : replica.drainingAt + drainFor)),
    ...(drain.length > 0 ? [now + drainFor] : []),
    ...(resumesAt > now ? [resumesAt] : []),
    ...own.filter((each) => !isServing(each)).flatMap(({ task }) => deadlineOf(task, readyWithin) ?? []),
  );
  return {
    start: resumesAt <= now ? missing : 0,
    drain,
    end: [...drained, ...late],
    ...(Number.isFinite(lookAt) ? { lookAt } : {}),
  };
}

/** Those beyond a number: first what serves nobody, then what is newest. */
function surplus(replicas: readonly LiveReplica[], keep: number): readonly LiveReplica[] {
  const serving = (each: LiveReplica) => Number(isServing(each));
  const ordered = [...replicas].sort((a, b) => serving(b) - serving(a) || a.task.id - b.task.id);
  return ordered.slice(keep);
}

function deadlineOf(task: Task, readyWithin: number): number | undefined {
  return task.phase === "running" && task.startedAt !== undefined ? task.startedAt + readyWithin : undefined;
}

function asLate(live: LiveReplica, readyWithin: number, now: number): readonly (LiveReplica & { problem: string })[] {
  const deadline = deadlineOf(live.task, readyWithin);
  if (isServing(live) || deadline === undefined || deadline > now) return [];
  return [{ ...live, problem: `It was not ready within ${Math.round(readyWithin / 1000)} s` }];
}

/** When another may be started after those that failed: the more in a row, the later. */
function pauseEnd(all: readonly LiveReplica[], version: number | undefined): number {
  const ended = all
    .filter((each) => each.replica.version === version && !isLive(each) && each.replica.drainingAt === undefined)
    .sort((a, b) => b.task.id - a.task.id);
  const sound = ended.findIndex(
    ({ replica, task }) => (endOf(task) ?? 0) - (replica.ready?.at ?? Number.POSITIVE_INFINITY) >= steady,
  );
  const failures = sound < 0 ? ended.length : sound;
  const last = ended[0];
  if (failures === 0 || !last) return 0;
  return (endOf(last.task) ?? last.replica.createdAt) + Math.min(longestPause, firstPause * 2 ** (failures - 1));
}

function endOf({ endedAt }: Task): number | undefined {
  return endedAt;
}
