import type { MessageInitShape } from "@bufbuild/protobuf";
import type { LeaseResponseSchema } from "@tributary/proto/tributary/v1/dispatch_pb";
import { type Assignment, leaseAttempts, pendingOrders } from "#core/dispatch/lease-attempts.ts";
import { addNews, mayConcern, type WorkNews } from "#core/dispatch/work-news.ts";
import type { Entry } from "#core/journal/entry.ts";
import type { Ports } from "#core/ports/index.ts";
import { PositionLostError } from "#core/ports/store.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { Variable } from "#core/tasks/injection.ts";
import { replicaResource } from "#core/tasks/replica-demand.ts";
import { commandText } from "#core/tasks/run-spec.ts";
import type { AttemptRef } from "#core/tasks/task.ts";
import { fromAssignment, fromRef } from "#facades/tributary/translate-dispatch.ts";
import { collectChanges } from "#rpc/collect-changes.ts";

type Order = MessageInitShape<typeof LeaseResponseSchema>;

/** A worker that asks for its orders. */
interface Asking {
  readonly workerId: string;
  /** It takes many assignments in one message. */
  readonly takesMany: boolean;
  /** It gives back what it was given ahead of its turn and has no place for. */
  readonly takesAhead: boolean;
}

/** How and with what a worker is told of its assignments. */
interface Told extends Pick<Asking, "takesMany"> {
  /** Variables of every task of a project. */
  readonly shared: readonly Variable[];
}

const ping = 15_000;
/** Characters of commands and variables in one message, give or take one assignment. */
const longestMessage = 1_048_576;

/**
 * A worker's orders as they come: what it may not have heard of yet, then new attempts and cancels; a ping in between.
 *
 * @throws RefusedError `not-found` for a worker that is not registered
 */
export async function* followOrders(ports: Ports, asking: Asking, signal: AbortSignal): AsyncIterable<Order> {
  while (!signal.aborted) {
    try {
      yield* ordersFrom(ports, asking, signal);
      return;
    } catch (error) {
      // The journal was trimmed behind this stream: look at everything again.
      if (!(error instanceof PositionLostError)) throw error;
    }
  }
}

async function* ordersFrom(ports: Ports, asking: Asking, signal: AbortSignal): AsyncIterable<Order> {
  const { store, waiting } = ports;
  const { workerId, takesAhead } = asking;
  const stop = new AbortController();
  let expected = 0;
  const self = {
    hasRoom: true,
    look: (ahead = 0) => changes.put((news) => ({ cancels: [], ...news, mayLease: true, ahead })),
    expect: (ahead: number) => {
      expected = ahead;
    },
  };
  const wants = (entry: Entry) => mayConcern(entry, { workerId, hasRoom: self.hasRoom });
  // The position is taken before the state is read: what happens in between is told twice rather than never.
  const entries = store.follow(store.position(), AbortSignal.any([signal, stop.signal]), wants);
  let seen = 0;
  const changes = collectChanges<readonly Entry[], WorkNews>(entries, (news, batch) =>
    addNews(news, batch, { workerId, seen, hasRoom: self.hasRoom }),
  );
  const leave = waiting.add(workerId, self);
  try {
    const shared = await sharedVariables(ports, workerId);
    const told = { takesMany: asking.takesMany, shared };
    const pending = await store.transact(pendingOrders, { workerId });
    yield* assign(told, pending.assignments);
    for (const attempt of pending.cancels) yield cancel(attempt);
    let next: WorkNews = { mayLease: true, cancels: [] };
    while (!signal.aborted) {
      for (const ref of next.cancels) yield cancel(ref);
      if (next.mayLease) {
        // It may have some by the time it has looked.
        self.hasRoom = true;
        const ahead = next.ahead ?? expected;
        expected = 0;
        const lease = await leaseAttempts(ports, workerId, takesAhead ? ahead : 0);
        ({ seen } = lease);
        self.hasRoom = !lease.full;
        if (lease.more) self.look();
        yield* assign(told, lease.assignments);
      }
      const { done, value } = await changes.take(ping);
      if (done) return;
      if (!value) yield { order: { case: "ping", value: {} } };
      next = value ?? { mayLease: false, cancels: [] };
    }
  } finally {
    leave();
    stop.abort();
  }
}

/** Workers of earlier versions are told of each by itself. */
function* assign({ takesMany, shared }: Told, given: readonly Assignment[]): Iterable<Order> {
  const toWire = (one: Assignment) => fromAssignment(one, one.task.projectId === "" ? [] : shared);
  if (takesMany) {
    for (const some of inMessages(given)) {
      yield { order: { case: "assignMany", value: { assignments: some.map(toWire) } } };
    }
  } else {
    for (const one of given) yield { order: { case: "assign", value: toWire(one) } };
  }
}

function inMessages(given: readonly Assignment[]): readonly (readonly Assignment[])[] {
  const messages: Assignment[][] = [];
  let length = longestMessage;
  for (const one of given) {
    if (length >= longestMessage) {
      messages.push([]);
      length = 0;
    }
    messages.at(-1)?.push(one);
    length += lengthOf(one.spec);
  }
  return messages;
}

function lengthOf({ command, variables }: Assignment["spec"]): number {
  const texts = [commandText(command), ...variables.flatMap(({ name, value }) => [name, value])];
  return texts.reduce((length, text) => length + text.length, 0);
}

/** What tasks of projects are told of the server's surroundings, on this worker's machine. */
async function sharedVariables({ store, tracking }: Ports, workerId: string): Promise<readonly Variable[]> {
  const worker = await store.transact(readWorker, workerId);
  // Only workers of this machine serve models.
  return tracking.variables((worker?.capacity[replicaResource] ?? 0) > 0);
}

/** Unit of work. */
async function readWorker(tx: Tx, id: string) {
  return (await tx.workers.getMany([id])).get(id);
}

function cancel(ref: AttemptRef): Order {
  return { order: { case: "cancel", value: fromRef(ref) } };
}
