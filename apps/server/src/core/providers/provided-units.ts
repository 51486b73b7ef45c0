import { loseWorker } from "#core/dispatch/expire-leases.ts";
import type { Tx } from "#core/ports/tx.ts";
import { afterFailure, afterLoss, type Change, changed } from "#core/providers/next-step.ts";
import { isBeingReleased, isOpen, type ProvidedWorker } from "#core/providers/provided-worker.ts";
import type { Token } from "#core/tokens/token.ts";
import type { Worker } from "#core/workers/worker.ts";

/** A provided worker, its row among workers, and how many attempts it has. */
export interface OpenWorker {
  readonly row: ProvidedWorker;
  readonly worker: Worker | undefined;
  readonly holds: number;
}

/** Unit of work: all that have not ended. */
export async function readOpen(tx: Tx): Promise<readonly OpenWorker[]> {
  const rows = await tx.providedWorkers.open();
  const workers = await tx.workers.getMany(rows.map(({ workerId }) => workerId));
  const read: OpenWorker[] = [];
  for (const row of rows) {
    const demands = await tx.attempts.currentDemands(row.workerId);
    const holds = demands.reduce((sum, { count }) => sum + count, 0);
    read.push({ row, worker: workers.get(row.workerId), holds });
  }
  return read;
}

interface AboutLaunch {
  readonly workerId: string;
  /** Nothing is changed when the row is at another one. */
  readonly launch: number;
  readonly now: number;
}

async function openRow(tx: Tx, { workerId, launch }: Pick<AboutLaunch, "workerId" | "launch">) {
  const row = (await tx.providedWorkers.getMany([workerId])).get(workerId);
  return row && isOpen(row) && row.launch === launch ? row : undefined;
}

/** Part of a unit. */
export async function put(tx: Tx, row: ProvidedWorker, now: number): Promise<void> {
  await tx.providedWorkers.put([row]);
  await tx.journal.append([{ kind: "worker-changed", workerId: row.workerId, at: now }]);
}

/** Part of a unit: takes a token back; answers it. */
async function revoke(tx: Tx, id: string | undefined, now: number): Promise<readonly Token[]> {
  const token = id === undefined ? undefined : (await tx.tokens.getMany([id])).get(id);
  if (!token || token.revokedAt !== undefined) return [];
  const revoked: Token = { ...token, revokedAt: now, revokedBy: "provider" };
  await tx.tokens.put([revoked]);
  await tx.journal.append([{ kind: "token-changed", tokenId: token.id, at: now }]);
  return [revoked];
}

/** Unit of work: keeps what has changed of a row. */
export async function noteChange(
  tx: Tx,
  { change, ...about }: AboutLaunch & { readonly change: Change },
): Promise<void> {
  const row = await openRow(tx, about);
  if (row) await put(tx, changed(row, change), about.now);
}

export interface Begun {
  /** Undefined when it is not to be started any more. */
  readonly row: ProvidedWorker | undefined;
  /** Tokens that have changed. */
  readonly tokens: readonly Token[];
}

/** Unit of work: a start that is about to be made, with its token; what the last one had is void. */
export async function beginLaunch(
  tx: Tx,
  { token, ...about }: AboutLaunch & { readonly token: Token },
): Promise<Begun> {
  const row = await openRow(tx, about);
  if (row?.state !== "starting" || row.launchedAt !== undefined) return { row: undefined, tokens: [] };
  const revoked = await revoke(tx, row.tokenId, about.now);
  await tx.tokens.put([token]);
  await tx.journal.append([{ kind: "token-changed", tokenId: token.id, at: about.now }]);
  // Nobody else may register as this worker.
  const worker = (await tx.workers.getMany([row.workerId])).get(row.workerId);
  if (worker) await tx.workers.put([{ ...worker, owner: token.id }]);
  const begun = changed(row, { launch: row.launch + 1, tokenId: token.id, notBefore: undefined });
  await put(tx, begun, about.now);
  return { row: begun, tokens: [...revoked, token] };
}

/** Unit of work: the start has failed; answers the tokens that have changed. */
export async function failLaunch(
  tx: Tx,
  { reason, ...about }: AboutLaunch & { readonly reason: string },
): Promise<readonly Token[]> {
  const row = await openRow(tx, about);
  if (row?.state !== "starting") return [];
  await put(tx, afterFailure(row, reason, about.now), about.now);
  return revoke(tx, row.tokenId, about.now);
}

/** Unit of work: it finishes what it has. */
export async function beginDrain(
  tx: Tx,
  { reason, until, ...about }: AboutLaunch & { readonly reason: string; readonly until: number },
): Promise<void> {
  const row = await openRow(tx, about);
  if (row?.state === "online") await drainRow(tx, row, { reason, until, now: about.now });
}

/** Part of a unit: the same for a row that is online. */
export async function drainRow(
  tx: Tx,
  row: ProvidedWorker,
  { reason, until, now }: { readonly reason: string; readonly until: number; readonly now: number },
): Promise<void> {
  const worker = (await tx.workers.getMany([row.workerId])).get(row.workerId);
  if (worker) await tx.workers.put([{ ...worker, draining: true }]);
  await put(tx, changed(row, { state: "draining", reason, drainUntil: until }), now);
}

export interface Ended {
  readonly tokens: readonly Token[];
  /** Tasks that ended because they have lost their last attempt. */
  readonly tasks: readonly number[];
}

/** Unit of work: a worker is over. What it had is lost, and tried elsewhere. */
export async function endProvided(
  tx: Tx,
  { state, reason, ...about }: AboutLaunch & { readonly state: "stopped" | "failed"; readonly reason?: string },
): Promise<Ended> {
  const row = await openRow(tx, about);
  if (!row) return { tokens: [], tasks: [] };
  return endRow(tx, row, { state, reason, now: about.now });
}

/** Unit of work: a worker has been lost. What it had is tried elsewhere; it is started again, or given up. */
export async function loseProvided(
  tx: Tx,
  { reason, ...about }: AboutLaunch & { readonly reason: string },
): Promise<Ended> {
  const row = await openRow(tx, about);
  if (row?.state !== "online") return { tokens: [], tasks: [] };
  const { workerId, tokenId } = row;
  const worker = (await tx.workers.getMany([workerId])).get(workerId);
  const tasks = worker ? await loseWorker(tx, { workerId, serverId: worker.serverId, now: about.now }) : [];
  await put(tx, afterLoss(row, reason, about.now), about.now);
  return { tokens: await revoke(tx, tokenId, about.now), tasks };
}

/** Part of a unit: the same for a row that was read. */
export async function endRow(
  tx: Tx,
  row: ProvidedWorker,
  ending: { readonly state: "stopped" | "failed"; readonly reason: string | undefined; readonly now: number },
): Promise<Ended> {
  const { state, reason, now } = ending;
  const { workerId } = row;
  const worker = (await tx.workers.getMany([workerId])).get(workerId);
  const free = isBeingReleased(row);
  const tasks = worker ? await loseWorker(tx, { workerId, serverId: worker.serverId, now, free }) : [];
  await put(tx, changed(row, { state, reason, endedAt: now, drainUntil: undefined }), now);
  return { tokens: await revoke(tx, row.tokenId, now), tasks };
}

/** Unit of work: forgets workers that ended before a time, and their tokens; answers these. */
export async function forgetEnded(
  tx: Tx,
  { stoppedBefore, failedBefore }: { readonly stoppedBefore: number; readonly failedBefore: number },
): Promise<readonly Token[]> {
  const ended = await tx.providedWorkers.ended(Math.max(stoppedBefore, failedBefore), 100);
  const old = ended.filter(({ state, endedAt = 0 }) => endedAt < (state === "failed" ? failedBefore : stoppedBefore));
  const ids = old.map(({ workerId }) => workerId);
  const tokens = await tx.tokens.getMany(old.flatMap(({ tokenId }) => tokenId ?? []));
  await tx.providedWorkers.delete(ids);
  await tx.workers.delete(ids);
  await tx.tokens.delete([...tokens.keys()]);
  return [...tokens.values()];
}
