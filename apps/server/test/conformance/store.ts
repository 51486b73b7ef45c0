import { afterEach, beforeEach, describe } from "vitest";
import type { Store } from "#core/ports/store.ts";
import { attemptTests } from "./store-attempts.ts";
import { claimTests } from "./store-claim.ts";
import { journalTests } from "./store-journal.ts";
import { recordTests } from "./store-records.ts";
import { taskListTests } from "./store-task-lists.ts";
import { taskTests } from "./store-tasks.ts";
import { unitTests } from "./store-units.ts";
import { viewTests } from "./store-views.ts";

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

/** What every store must do. */
export function storeConformance(name: string, newPlace: () => Promise<StorePlace>): void {
  describe(`${name} store`, () => {
    let place: StorePlace;
    const context = {} as StoreContext;

    beforeEach(async () => {
      place = await newPlace();
      context.store = await place.open();
      context.reopen = async () => {
        await context.store.close();
        context.store = await place.open();
      };
    });

    afterEach(async () => {
      await context.store.close();
      await place.remove();
    });

    describe("units of work", () => unitTests(context));
    describe("tasks", () => taskTests(context));
    describe("claim", () => claimTests(context));
    describe("attempts and artifacts", () => attemptTests(context));
    describe("other records", () => recordTests(context));
    describe("journal", () => journalTests(context));
    describe("lists of tasks", () => taskListTests(context));
    describe("other views", () => viewTests(context));
  });
}
