import { loseScitqAttempt } from "#core/dispatch/expire-leases.ts";
import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import { containerPlaces } from "#core/tasks/container-demand.ts";
import { diskResource } from "#core/tasks/demand.ts";
import type { Demand } from "#core/tasks/task.ts";
import type { Worker } from "#core/workers/worker.ts";

export interface RegisterScitqWorker {
  readonly name: string;
  /** Kept from the first time on. */
  readonly slots: number;
  readonly prefetch?: number;
  /** What it says that it has. */
  readonly capacity?: Demand;
  readonly version?: string;
}

const longestName = 256;
const mostSlots = 10_000;

/** The id of the worker of scitq's with a name; they have no other. */
export function scitqWorkerId(name: string): string {
  return `scitq:${name}`;
}

/** Unit of work: keeps the worker. One that registers again has begun anew: it has nothing of what it had. */
export async function putScitqWorker(
  tx: Tx,
  {
    ask: { name, slots, prefetch, capacity = {}, version = "" },
    serverId,
    now,
  }: { readonly ask: RegisterScitqWorker; readonly serverId?: string | undefined; readonly now: number },
): Promise<{ readonly worker: Worker; readonly ended: readonly number[] }> {
  const id = scitqWorkerId(name);
  const known = (await tx.workers.getMany([id])).get(id);
  const worker: Worker = {
    id,
    number: known?.number ?? (await tx.workers.nextNumber()),
    name,
    kind: "scitq",
    draining: known?.draining ?? false,
    slots: known?.slots ?? slots,
    prefetch: known?.prefetch ?? prefetch ?? 0,
    // It runs images by itself, and is not kept from trying for want of disk.
    capacity: { ...capacity, [containerPlaces]: mostSlots, [diskResource]: Number.MAX_SAFE_INTEGER },
    labels: known?.labels ?? {},
    version,
    ...(serverId === undefined ? {} : { serverId }),
    online: true,
    registeredAt: known?.registeredAt ?? now,
    lastSeenAt: now,
  };
  await tx.workers.put([worker]);
  await tx.journal.append([{ kind: "worker-changed", workerId: id, at: now }]);
  const ended: number[] = [];
  for (const attempt of await tx.attempts.current(id)) {
    const anew = { code: "lost", message: `Its worker ${name} began anew` };
    if (await loseScitqAttempt(tx, attempt, now, anew)) ended.push(attempt.taskId);
  }
  return { worker, ended };
}

/**
 * Keeps a worker of scitq's by its name, and starts its lease. What it had begun is lost, and tried again while the
 * system budget lasts; what it was only assigned is queued again.
 *
 * @throws RefusedError `invalid` for a name or a number of slots that cannot be used
 */
export async function registerScitqWorker(
  { store, clock, leases, logs }: Pick<Ports, "store" | "clock" | "leases" | "logs">,
  ask: RegisterScitqWorker,
): Promise<Worker> {
  checkName(ask.name);
  checkSlots(ask.slots);
  const { worker, ended } = await store.transact(putScitqWorker, { ask, serverId: leases.serverId, now: clock.now() });
  leases.begin(worker, clock.monotonic(), clock.now());
  for (const taskId of ended) logs.seal(taskId);
  return worker;
}

function checkName(name: string): void {
  if (name === "" || name.length > longestName) {
    throw new RefusedError(
      "invalid",
      `name: has ${name.length} characters; a worker is known by 1 to ${longestName}`,
      "name",
    );
  }
  if (/[\u0000-\u001f\u007f]/.test(name)) {
    throw new RefusedError(
      "invalid",
      "name: contains a control character, such as NUL or a line end; remove it",
      "name",
    );
  }
}

function checkSlots(slots: number): void {
  if (!Number.isInteger(slots) || slots < 1 || slots > mostSlots) {
    throw new RefusedError(
      "invalid",
      `concurrency: ${slots} is not a number of tasks at a time from 1 to ${mostSlots}`,
      "concurrency",
    );
  }
}
