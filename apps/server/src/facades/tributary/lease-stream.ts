import type { MessageInitShape } from "@bufbuild/protobuf";
import type { LeaseResponseSchema } from "@tributary/proto/tributary/v1/dispatch_pb";
import { leaseAttempts, pendingOrders } from "#core/dispatch/lease-attempts.ts";
import type { Entry } from "#core/journal/entry.ts";
import type { Ports } from "#core/ports/index.ts";
import { PositionLostError } from "#core/ports/store.ts";
import type { AttemptRef } from "#core/tasks/task.ts";
import { fromAssignment, fromRef } from "#facades/tributary/translate-dispatch.ts";
import { collectChanges } from "#rpc/collect-changes.ts";

type Order = MessageInitShape<typeof LeaseResponseSchema>;

const ping = 15_000;

/** What of the journal concerns a worker. */
interface Concern {
  /** There may be something to lease. */
  readonly mayLease: boolean;
  readonly cancels: readonly AttemptRef[];
}

function concern(workerId: string, old: Concern | undefined, entries: readonly Entry[]): Concern | undefined {
  const cancels = [...(old?.cancels ?? [])];
  let mayLease = old?.mayLease ?? false;
  for (const entry of entries) {
    if (entry.kind === "task-queued") mayLease = true;
    if ("workerId" in entry && entry.workerId === workerId) {
      if (entry.kind === "task-cancelling") cancels.push({ taskId: entry.taskId, number: entry.attempt });
      // An end has made room.
      if (entry.kind === "attempt-ended" || entry.kind === "worker-changed") mayLease = true;
    }
  }
  return mayLease || cancels.length > 0 ? { mayLease, cancels } : undefined;
}

/**
 * A worker's orders as they come: what it may not have heard of yet, then new attempts and cancels; a ping in between.
 *
 * @throws RefusedError `not-found` for a worker that is not registered
 */
export async function* followOrders(ports: Ports, workerId: string, signal: AbortSignal): AsyncIterable<Order> {
  while (!signal.aborted) {
    try {
      yield* ordersFrom(ports, workerId, signal);
      return;
    } catch (error) {
      // The journal was trimmed behind this stream: look at everything again.
      if (!(error instanceof PositionLostError)) throw error;
    }
  }
}

async function* ordersFrom(ports: Ports, workerId: string, signal: AbortSignal): AsyncIterable<Order> {
  const { store } = ports;
  const stop = new AbortController();
  // The position is taken before the state is read: what happens in between is told twice rather than never.
  const entries = store.follow(store.position(), AbortSignal.any([signal, stop.signal]));
  const changes = collectChanges<readonly Entry[], Concern>(entries, (sum, batch) => concern(workerId, sum, batch));
  try {
    const pending = await store.transact(pendingOrders, { workerId });
    for (const assignment of pending.assignments) yield assign(assignment);
    for (const attempt of pending.cancels) yield cancel(attempt);
    let next: Concern = { mayLease: true, cancels: [] };
    while (!signal.aborted) {
      for (const ref of next.cancels) yield cancel(ref);
      if (next.mayLease) for (const assignment of await leaseAttempts(ports, workerId)) yield assign(assignment);
      const { done, value } = await changes.take(ping);
      if (done) return;
      if (!value) yield { order: { case: "ping", value: {} } };
      next = value ?? { mayLease: false, cancels: [] };
    }
  } finally {
    stop.abort();
  }
}

function assign(assignment: Parameters<typeof fromAssignment>[0]): Order {
  return { order: { case: "assign", value: fromAssignment(assignment) } };
}

function cancel(ref: AttemptRef): Order {
  return { order: { case: "cancel", value: fromRef(ref) } };
}
