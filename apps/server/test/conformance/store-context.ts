import type { Store } from "#core/ports/store.ts";

/** A place that can hold the state of one store. */
export interface StorePlace {
  /** Opens the store; again, when it was closed, with the state that it had. */
  open(): Promise<Store>;
  /** Removes the place; the store is closed. */
  remove(): Promise<void>;
}

/** The store of the test that runs. */
export interface StoreContext {
  store: Store;
  /** Closes the store and opens it again. */
  reopen(): Promise<void>;
}
