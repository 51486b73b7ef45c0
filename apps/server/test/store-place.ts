import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject } from "vitest";
import { postgresStore } from "#adapters/store/postgres/index.ts";
import { sqliteStore } from "#adapters/store/sqlite/index.ts";
import type { Store } from "#core/ports/store.ts";
import { runOn } from "./postgres/cluster.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Address of the cluster that the tests of this run share; unset when their stores are SQLite's. */
    postgres: string | undefined;
  }
}

/** A place that can hold the state of one store. */
export interface StorePlace {
  /** Opens the store; again, when it was closed, with the state that it had. */
  open(): Promise<Store>;
  /** Removes the place; the store is closed. */
  remove(): Promise<void>;
}

/** Programs that use this outside a test run have none. */
function clusterUrl(): string | undefined {
  return process.env.VITEST === undefined ? undefined : inject("postgres");
}

/** What the stores of this run are. */
export function storeKind(): "sqlite" | "postgres" {
  return clusterUrl() === undefined ? "sqlite" : "postgres";
}

/** An empty place in the technology that this run tests. It does not wait for the disk. */
export async function newStorePlace(): Promise<StorePlace> {
  return storeKind() === "postgres" ? newPostgresPlace() : newSqlitePlace();
}

/** A database that a test has made. */
export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** A new database of the cluster that this run shares; undefined when there is none. */
export async function newDatabase(): Promise<TestDatabase | undefined> {
  const cluster = clusterUrl();
  if (cluster === undefined) return undefined;
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await runOn(cluster, `create database ${name}`);
  const url = new URL(cluster);
  url.pathname = name;
  return {
    url: url.href,
    drop: async () => void (await runOn(cluster, `drop database ${name} with (force)`)),
  };
}

async function newPostgresPlace(): Promise<StorePlace> {
  const database = await newDatabase();
  if (database === undefined) throw new Error("this run has no PostgreSQL");
  return { open: () => postgresStore({ url: database.url }), remove: () => database.drop() };
}

function newSqlitePlace(): StorePlace {
  const folder = mkdtempSync(join(tmpdir(), "tributary-store-"));
  return {
    open: () =>
      sqliteStore({
        file: join(folder, "state.db"),
        sync: (_, done) => void setImmediate(done, null),
        onFatal: (error) => {
          throw error;
        },
      }),
    remove: async () => rmSync(folder, { recursive: true }),
  };
}
