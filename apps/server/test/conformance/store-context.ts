import type { Store } from "#core/ports/store.ts";

/** The store of the test that runs. */
export interface StoreContext {
  store: Store;
  /** Closes the store and opens it again. */
  reopen(): Promise<void>;
}
