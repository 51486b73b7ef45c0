import type { Store } from "#core/ports/store.ts";

const last = new WeakMap<Store, Promise<unknown>>();

/**
 * Runs one act at a time over a store, in the order in which they were asked for: a backup must find every file that its
 * copy of the store names, so nothing may be swept meanwhile.
 */
export function inTurn<T>(store: Store, act: () => Promise<T>): Promise<T> {
  const mine = (last.get(store) ?? Promise.resolve()).then(act, act);
  last.set(store, mine);
  return mine;
}
