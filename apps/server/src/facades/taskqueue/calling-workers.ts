import type { HandlerContext } from "@connectrpc/connect";
import type { TaskId } from "#core/tasks/task.ts";
import { type Peer, peerKey } from "#rpc/auth.ts";

type Call = Pick<HandlerContext, "values">;

/** What has been said over one connection. */
interface Said {
  readonly workers: Set<string>;
  /** Tasks that were begun over it, and of which no end was told: it will be told over it, too. */
  readonly begun: Set<TaskId>;
}

/**
 * What was said over which connection: calls that tell of a task do not say whose they are, and an end that is told while a
 * connection is down is not told again. State of this process; a connection that is new says nothing.
 */
export class CallingWorkers {
  readonly #said = new WeakMap<Peer, Said>();

  /** The worker has said its name or its number in this call. */
  note({ values }: Call, workerId: string): void {
    this.#of(values.get(peerKey)).workers.add(workerId);
  }

  /** Ids of the workers that have called over the connection of this call. */
  of({ values }: Call): readonly string[] {
    return [...(this.#said.get(values.get(peerKey))?.workers ?? [])];
  }

  /** @returns what takes the note back, for a task that the caller was not allowed to begin */
  noteBegun({ values }: Call, taskId: TaskId): () => void {
    const { begun } = this.#of(values.get(peerKey));
    if (begun.has(taskId)) return () => {};
    begun.add(taskId);
    return () => void begun.delete(taskId);
  }

  noteEnded({ values }: Call, taskId: TaskId): void {
    this.#said.get(values.get(peerKey))?.begun.delete(taskId);
  }

  /** Tasks that were begun over the connection of this call. */
  begunOver({ values }: Call): ReadonlySet<TaskId> {
    return this.#of(values.get(peerKey)).begun;
  }

  /** Whether the connection of this call is there, now and later. */
  isThere({ values }: Call): () => boolean {
    const peer = values.get(peerKey);
    return () => peer.isOpen?.() ?? false;
  }

  #of(peer: Peer): Said {
    const said = this.#said.get(peer) ?? { workers: new Set(), begun: new Set() };
    this.#said.set(peer, said);
    return said;
  }
}
