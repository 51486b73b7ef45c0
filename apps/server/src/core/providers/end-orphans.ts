import type { Tx } from "#core/ports/tx.ts";
import { changed } from "#core/providers/next-step.ts";
import { type Ended, endRow, put } from "#core/providers/provided-units.ts";
import { isBeingReleased, type ProvidedWorker } from "#core/providers/provided-worker.ts";

interface EndOrphans {
  readonly now: number;
  /** Milliseconds for which their server must have been gone. */
  readonly after: number;
}

/**
 * Unit of work: ends workers whose server alone could look after them, and is gone for good: it has given no sign of life
 * for so long, or for a moment where the worker was being ended already. One that is online, at another server, stays. If
 * the server comes back later, it ends what it finds running under a name that is nobody's any more.
 */
export async function endOrphans(tx: Tx, { now, after }: EndOrphans): Promise<Ended> {
  const rows = (await tx.providedWorkers.open()).filter(({ serverId }) => serverId !== undefined);
  if (rows.length === 0) return { tokens: [], tasks: [] };
  const there = new Set((await tx.servers.all()).map(({ id }) => id));
  const workers = await tx.workers.getMany(rows.map(({ workerId }) => workerId));
  const ended: Ended[] = [];
  for (const row of rows) {
    const isKept = there.has(row.serverId ?? "") || workers.get(row.workerId)?.online === true;
    if (isKept) {
      if (row.goneSince !== undefined) await put(tx, changed(row, { goneSince: undefined, reason: undefined }), now);
    } else if (isBeingReleased(row)) {
      ended.push(await endRow(tx, row, { state: "stopped", reason: "Its server is gone", now }));
    } else if (row.goneSince === undefined) {
      await put(tx, changed(row, { goneSince: now, reason: waiting(after) }), now);
    } else if (now - row.goneSince >= after) {
      ended.push(await endRow(tx, row, { state: "failed", reason: overdue(row, now), now }));
    }
  }
  return { tokens: ended.flatMap(({ tokens }) => tokens), tasks: ended.flatMap(({ tasks }) => tasks) };
}

const hour = 3_600_000;

function waiting(after: number): string {
  return `The server on whose machine it is has gone; it is given up unless that comes back within ${Math.round(after / hour)} h`;
}

function overdue({ goneSince = 0 }: ProvidedWorker, now: number): string {
  return `The server on whose machine it was has been gone for ${Math.round((now - goneSince) / hour)} h`;
}
