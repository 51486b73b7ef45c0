import type { Instance } from "#core/ports/provider.ts";
import type { ProvidedWorker, ProviderSettings } from "#core/providers/provided-worker.ts";
import type { Worker } from "#core/workers/worker.ts";

/** Milliseconds from when a provider took a start over to when it must show it. */
const showWithin = 10_000;
/** Milliseconds that an instance has to end before it is forced, and between two times of that. */
const stopWithin = 30_000;
/** Milliseconds before a start that failed is tried again; doubled with each failure. */
const firstPause = 2_000;
/** A start that has failed so often is not tried again. */
export const mostFailures = 3;

/** What is known of a provided worker beside its row. */
export interface Sight {
  readonly now: number;
  readonly worker: Worker | undefined;
  /** Attempts that it has. */
  readonly holds: number;
  /** Milliseconds for which it has had none. */
  readonly idle: number;
  readonly instance: Instance | undefined;
  /** When the provider was last asked for its instances; unset when it could not be asked. */
  readonly lookedAt: number | undefined;
  readonly settings: ProviderSettings;
}

/** What is different of a row; undefined for what it has no longer. */
export type Change = { readonly [K in keyof ProvidedWorker]?: ProvidedWorker[K] | undefined };

/** What is to be done about a provided worker. */
export type Step =
  | { readonly act: "nothing" }
  /** Keep what has changed of the row. */
  | { readonly act: "note"; readonly change: Change }
  | { readonly act: "launch" }
  /** Tell the provider to end it, and keep that. */
  | { readonly act: "stop"; readonly force: boolean; readonly change: Change }
  | { readonly act: "drain"; readonly reason: string }
  /** It is over: its attempts are lost, its token is void. */
  | { readonly act: "end"; readonly state: "stopped" | "failed"; readonly reason?: string }
  /** It was there and is lost: what it had is tried elsewhere, and it is started again, or given up. */
  | { readonly act: "lose"; readonly reason: string }
  /** The start failed; it is tried again, or given up. */
  | { readonly act: "fail-start"; readonly reason: string };

const nothing: Step = { act: "nothing" };

/** Decides about one open provided worker; changes nothing itself. */
export function nextStep(row: ProvidedWorker, sight: Sight): Step {
  switch (row.state) {
    case "starting":
      return row.launchedAt === undefined ? beforeLaunch(row, sight) : afterLaunch(row, row.launchedAt, sight);
    case "online":
      return whileOnline(row, sight);
    case "draining":
      return whileDraining(row, sight);
    case "stopping":
      return whileStopping(row, sight);
    default:
      return nothing;
  }
}

function beforeLaunch(row: ProvidedWorker, { now, instance, lookedAt }: Sight): Step {
  // The server ended between the start and its note of it.
  if (instance && instance.state !== "ended")
    return { act: "note", change: { launchedAt: now, place: instance.place } };
  // Nobody knows whether an earlier start came through until the provider can be asked.
  if (row.launch > 0 && lookedAt === undefined) return nothing;
  return (row.notBefore ?? 0) > now ? nothing : { act: "launch" };
}

function afterLaunch(row: ProvidedWorker, launchedAt: number, sight: Sight): Step {
  const { now, worker, instance, settings } = sight;
  if (worker?.online)
    return {
      act: "note",
      change: { state: "online", onlineAt: now, reason: undefined, place: instance?.place ?? row.place },
    };
  if (instance?.state === "ended") return { act: "fail-start", reason: instance.reason ?? "It ended at once" };
  if (isMissing(sight, launchedAt)) return { act: "fail-start", reason: "The provider knows nothing of it any more" };
  if (instance?.state === "waiting") return noted(row, { place: instance.place, reason: instance.reason });
  if (instance && row.runningAt === undefined) {
    return noted(row, { place: instance.place, reason: undefined, runningAt: now });
  }
  if (row.runningAt !== undefined && now - row.runningAt > settings.startWithin) {
    const seconds = Math.round(settings.startWithin / 1000);
    return { act: "fail-start", reason: `It has run for ${seconds} s and has not registered: see its log` };
  }
  return nothing;
}

function whileOnline(row: ProvidedWorker, sight: Sight): Step {
  const { now, worker, instance, idle, settings } = sight;
  if (instance?.state === "ended") {
    const reason = instance.reason ?? "It ended";
    return instance.isMeant ? { act: "end", state: "failed", reason } : { act: "lose", reason };
  }
  if (worker?.online) {
    if (idle >= settings.idleAfter) {
      return { act: "drain", reason: `Idle for ${Math.round(settings.idleAfter / 1000)} s` };
    }
    return noted(row, { place: instance?.place ?? row.place, reason: undefined });
  }
  if (isMissing(sight, worker?.lastSeenAt ?? 0)) {
    return { act: "lose", reason: "The provider knows nothing of it any more" };
  }
  const silent = now - (worker?.lastSeenAt ?? 0);
  if (silent > settings.giveUpAfter) {
    const seconds = Math.round(settings.giveUpAfter / 1000);
    return { act: "lose", reason: `Not heard of for ${seconds} s, though its provider ran it` };
  }
  return noted(row, { place: row.place, reason: "It runs, and is not heard of" });
}

function whileDraining(row: ProvidedWorker, sight: Sight): Step {
  const { now, worker, instance, holds } = sight;
  const { reason } = row;
  const ended = { act: "end", state: "stopped", ...(reason === undefined ? {} : { reason }) } as const;
  if (instance?.state === "ended") return ended;
  if (!worker?.online && isMissing(sight, worker?.lastSeenAt ?? 0)) return ended;
  const isOver = now >= (row.drainUntil ?? 0);
  if (holds > 0 && !isOver) return nothing;
  const cut = holds > 0 ? `${holds} attempts were ended: it had not finished them in time` : reason;
  const change = { state: "stopping", stopAskedAt: now, ...(cut === undefined ? {} : { reason: cut }) } as const;
  return { act: "stop", force: false, change };
}

function whileStopping(row: ProvidedWorker, sight: Sight): Step {
  const { now, instance } = sight;
  const { reason, stopAskedAt } = row;
  if (stopAskedAt === undefined) return { act: "stop", force: false, change: { stopAskedAt: now } };
  if (instance?.state === "ended" || isMissing(sight, stopAskedAt)) {
    return { act: "end", state: "stopped", ...(reason === undefined ? {} : { reason }) };
  }
  if (now - stopAskedAt < stopWithin) return nothing;
  return { act: "stop", force: true, change: { stopAskedAt: now } };
}

/** The provider has answered since, and has nothing of it. */
function isMissing({ instance, lookedAt }: Sight, since: number): boolean {
  return instance === undefined && lookedAt !== undefined && lookedAt > since + showWithin;
}

/** A note of what is different; nothing where nothing is. */
function noted(
  row: ProvidedWorker,
  seen: { readonly place: string | undefined; readonly reason: string | undefined; readonly runningAt?: number },
): Step {
  if (row.place === seen.place && row.reason === seen.reason && seen.runningAt === undefined) return nothing;
  return { act: "note", change: seen };
}

/** The row with the change in it. */
export function changed(row: ProvidedWorker, change: Change): ProvidedWorker {
  const pairs = Object.entries({ ...row, ...change }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(pairs) as unknown as ProvidedWorker;
}

/** A row whose start has failed: to be tried again after a pause, or given up. */
export function afterFailure(row: ProvidedWorker, reason: string, now: number): ProvidedWorker {
  const failures = row.failures + 1;
  const { launchedAt: _, runningAt: __, place: ___, ...rest } = row;
  if (failures >= mostFailures) return { ...rest, failures, state: "failed", reason, endedAt: now };
  // Whatever is left of this start is nobody's from now on, by its name.
  return { ...rest, launch: row.launch + 1, failures, reason, notBefore: now + firstPause * 2 ** (failures - 1) };
}

/** Milliseconds online after which earlier failures say nothing of the next one. */
const steadyAfter = 600_000;

/** A row whose worker was lost: to be started again after a pause, or given up where that happens again and again. */
export function afterLoss(row: ProvidedWorker, why: string, now: number): ProvidedWorker {
  const { onlineAt = now, ...rest } = row;
  const failures = now - onlineAt >= steadyAfter ? 0 : row.failures;
  const next = afterFailure({ ...rest, failures, lost: why }, why, now);
  if (next.state !== "failed") return { ...next, state: "starting" };
  const reason = `${why}. It has failed ${mostFailures} times in a row: see its log, then ask for another`;
  return { ...next, reason };
}
