import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * Makes a tracking folder with MLflow's default experiment.
 *
 * MLflow's library makes that experiment only together with the folder: in an empty one it finds none and fails. Two tasks
 * that were the first at the same time would fail, too.
 */
export async function prepareTrackingFolder(folder: string, now: number): Promise<void> {
  const experiment = join(folder, "0");
  if (existsSync(join(experiment, "meta.yaml"))) return;
  await mkdir(experiment, { recursive: true, mode: 0o700 });
  const meta = {
    artifact_location: pathToFileURL(experiment).href,
    creation_time: now,
    experiment_id: "0",
    last_update_time: now,
    lifecycle_stage: "active",
    name: "Default",
  };
  const lines = Object.entries(meta).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`);
  await writeFile(join(experiment, "meta.yaml"), lines.join(""));
}
