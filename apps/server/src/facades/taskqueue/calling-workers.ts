import type { HandlerContext } from "@connectrpc/connect";
import { peerKey } from "#rpc/auth.ts";

/**
 * Which workers have called over a connection: calls that tell of a task do not say whose they are. State of this
 * process; a connection that is new says nothing.
 */
export class CallingWorkers {
  readonly #known = new WeakMap<object, Set<string>>();

  /** The worker has said its name or its number in this call. */
  note({ values }: Pick<HandlerContext, "values">, workerId: string): void {
    const connection = values.get(peerKey);
    const ids = this.#known.get(connection) ?? new Set<string>();
    this.#known.set(connection, ids.add(workerId));
  }

  of({ values }: Pick<HandlerContext, "values">): readonly string[] {
    return [...(this.#known.get(values.get(peerKey)) ?? [])];
  }
}
