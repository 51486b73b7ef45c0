import type { TestProject } from "vitest/node";
import { Cluster } from "./cluster.ts";

/** With `TRIBUTARY_TEST_STORE=postgres` the stores of all tests are databases of one PostgreSQL, started here. */
export default async function setUp(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (process.env.TRIBUTARY_TEST_STORE !== "postgres") {
    project.provide("postgres", undefined);
    return undefined;
  }
  const cluster = await Cluster.start();
  project.provide("postgres", cluster.url("postgres"));
  return () => cluster.stop();
}
