import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * Makes the folder for MLflow's library with its default experiment. The library makes that only together with the folder,
 * so it would miss it in one that is there, and so would the second of two tasks that begin one at a time.
 *
 * @param now - milliseconds since 1970
 */
export async function makeTrackingFolder(folder: string, now: number): Promise<void> {
  const experiment = join(folder, "0");
  await mkdir(experiment, { recursive: true, mode: 0o700 }).catch(passOver);
  const file = join(experiment, "meta.yaml");
  // One that somebody deleted is in the library's bin.
  if (existsSync(file) || existsSync(join(folder, ".trash", "0")) || !existsSync(experiment)) return;
  const lines = [
    `artifact_location: ${JSON.stringify(pathToFileURL(experiment).href)}`,
    `creation_time: ${now}`,
    "experiment_id: '0'",
    `last_update_time: ${now}`,
    "lifecycle_stage: active",
    "name: Default",
  ];
  await writeFile(file, `${lines.join("\n")}\n`, { mode: 0o600, flag: "wx" }).catch(passOver);
}

/** Another server was faster, or the folder is one that may only be read. */
function passOver(error: NodeJS.ErrnoException): void {
  if (!["EEXIST", "EACCES", "EPERM", "EROFS"].includes(error.code ?? "")) throw error;
}
