import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { makeTrackingFolder } from "#adapters/tracking/mlflow/make-tracking-folder.ts";

it("makes the default experiment once", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tributary-tracking-"));
  try {
    const meta = join(folder, "runs #1/0/meta.yaml");
    await makeTrackingFolder(join(folder, "runs #1"), 5_000);
    expect(parse(readFileSync(meta, "utf8"))).toEqual({
      artifact_location: `file://${folder}/runs%20%231/0`,
      creation_time: 5_000,
      experiment_id: "0",
      last_update_time: 5_000,
      lifecycle_stage: "active",
      name: "Default",
    });
    writeFileSync(meta, "theirs");
    await makeTrackingFolder(join(folder, "runs #1"), 6_000);
    expect(readFileSync(meta, "utf8")).toBe("theirs");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
