import { afterEach, beforeEach, describe } from "vitest";
import type { StorePlace } from "#test/store-place.ts";
import { attemptTests } from "./store-attempts.ts";
import { claimTests } from "./store-claim.ts";
import type { StoreContext } from "./store-context.ts";
import { dataSetTests } from "./store-data-sets.ts";
import { jobTests } from "./store-jobs.ts";
import { journalTests } from "./store-journal.ts";
import { modelTests } from "./store-models.ts";
import { recordTests } from "./store-records.ts";
import { retentionTests } from "./store-retention.ts";
import { secretTests } from "./store-secrets.ts";
import { taskListTests } from "./store-task-lists.ts";
import { taskTests } from "./store-tasks.ts";
import { unitTests } from "./store-units.ts";
import { viewTests } from "./store-views.ts";

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
    describe("data sets", () => dataSetTests(context));
    describe("jobs and their files", () => jobTests(context));
    describe("models", () => modelTests(context));
    describe("secrets", () => secretTests(context));
    describe("journal", () => journalTests(context));
    describe("lists of tasks", () => taskListTests(context));
    describe("what is kept", () => retentionTests(context));
    describe("other views", () => viewTests(context));
  });
}
