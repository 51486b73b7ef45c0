import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { controllerLog, type SlurmCluster, startSlurmCluster } from "#test/slurm/slurm-cluster.ts";

let cluster: SlurmCluster;

beforeAll(async () => {
  cluster = await startSlurmCluster();
});
afterAll(() => cluster.close());

const waiting = { timeout: 30_000, interval: 100 };

describe("Slurm on this machine", () => {
  it("has two nodes that run jobs, and tells that one has died with its job", async () => {
    const out = join(cluster.folder, "out");
    const script = "echo here >>'%'; exec sleep 600".replace("%", out);
    const id = await cluster.run(
      "sbatch",
      "--parsable",
      "--output=/dev/null",
      "--no-requeue",
      "-w",
      "n1",
      `--wrap=${script}`,
    );
    await expect.poll(() => readFile(out, "utf8").catch(() => ""), waiting).toBe("here\n");
    expect(await cluster.run("squeue", "-hj", id, "-o", "%T %N")).toBe("RUNNING n1");
    await cluster.killNode("n1");
    const state = () => cluster.run("squeue", "-hj", id, "--states=all", "-o", "%T");
    await expect.poll(state, { timeout: 60_000, interval: 200 }).toBe("NODE_FAIL");
    expect(await controllerLog(cluster)).toContain("n1");
    await cluster.startNode("n1");
  }, 120_000);
});
