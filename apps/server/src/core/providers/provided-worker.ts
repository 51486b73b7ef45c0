/**
 * `starting` until it registers for the first time; `draining` finishes what it has; `stopping` is being ended by its
 * provider; `stopped` and `failed` stay for a while, to be looked at.
 */
export type ProvidedState = "starting" | "online" | "draining" | "stopping" | "stopped" | "failed";

/** A worker that the server has got from a provider. Times are milliseconds since 1970. */
export interface ProvidedWorker {
  /** The worker's. */
  readonly workerId: string;
  readonly number: number;
  readonly name: string;
  readonly provider: string;
  readonly flavor: string;
  readonly region: string;
  /** As asked for; unset: as many as the machine has processors. */
  readonly slots?: number;
  readonly state: ProvidedState;
  /** Why it is in this state, where that is of interest. */
  readonly reason?: string;
  /** Where it runs, or waits, in the provider's words. */
  readonly place?: string;
  /** Counts the starts, each of which has a name of its own; 0 before the first. */
  readonly launch: number;
  /** Starts that failed, and losses of a worker that had not been there for long. */
  readonly failures: number;
  /** Why it was lost when it was last, where it was started again. */
  readonly lost?: string;
  /** Since when it has been online; unset before. */
  readonly onlineAt?: number;
  /** Not to be started again before. */
  readonly notBefore?: number;
  /** When the provider took over the present start; unset before. */
  readonly launchedAt?: number;
  /** When the provider was first seen to run it. */
  readonly runningAt?: number;
  /** Its token; unset before the first start. */
  readonly tokenId?: string;
  /** While it drains: when it is ended all the same. */
  readonly drainUntil?: number;
  /** While it stops: when its provider was last told. */
  readonly stopAskedAt?: number;
  /** The server on whose machine it is, where each has its own. */
  readonly serverId?: string;
  /** When that server was first found to be gone; unset while it is there. */
  readonly goneSince?: number;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly endedAt?: number;
}

/** What is set about provided workers, in milliseconds. */
export interface ProviderSettings {
  /** Idle for so long, a worker is released; infinite: never. */
  readonly idleAfter: number;
  /** Longest time for a worker to finish what it has when it is deleted. */
  readonly drainFor: number;
  /** Longest time from when a provider runs it to when it registers. */
  readonly startWithin: number;
  /** Silent for so long, a worker whose provider still runs it is given up. */
  readonly giveUpAfter: number;
  /** At a time, of all providers. */
  readonly mostWorkers: number;
}

export const usualProviderSettings: ProviderSettings = {
  idleAfter: 300_000,
  drainFor: 3_600_000,
  startWithin: 300_000,
  giveUpAfter: 600_000,
  mostWorkers: 200,
};

export function isOpen({ state }: Pick<ProvidedWorker, "state">): boolean {
  return state !== "stopped" && state !== "failed";
}

/** Whether it is being ended because somebody, or its time without work, says so. */
export function isBeingReleased({ state }: Pick<ProvidedWorker, "state">): boolean {
  return state === "draining" || state === "stopping";
}

/** What a start is called where the provider keeps it. */
export function launchName(
  installation: string,
  { number, launch }: Pick<ProvidedWorker, "number" | "launch">,
): string {
  return `${prefixOf(installation)}${number}-${launch}`;
}

/** With what the names of all starts of this installation begin, which tells them from those of others. */
export function prefixOf(installation: string): string {
  return `tributary-${installation}-`;
}
