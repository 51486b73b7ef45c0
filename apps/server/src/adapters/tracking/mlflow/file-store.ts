import { createReadStream, existsSync } from "node:fs";
import { lstat, readdir, readFile, realpath } from "node:fs/promises";
import { isAbsolute, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { RefusedError } from "#core/errors.ts";
import type { TrackedVersion } from "#core/models/model.ts";
import { readRecord } from "./serving-needs.ts";
import { finite, mostVersions, type StoredFile, statusOf, type TrackingStore } from "./tracking-store.ts";

const mostFiles = 10_000;

/**
 * A folder as MLflow's library writes it without a server: `models/<name>/version-<n>/meta.yaml` for the registry,
 * `<experiment>/<run>/{meta.yaml,metrics/…,params/…}` for runs.
 *
 * Source: MLflow 3.17's file store. A file of a metric has a line for each value: time, value, step.
 */
export function fileStore(root: string): TrackingStore {
  return {
    async versions(model) {
      const folder = join(root, "models", checkName(model));
      // A disk that is away must not look like a store without models.
      if (!existsSync(root)) throw new RefusedError("unavailable", `the tracking store is not there: ${root}`);
      const names = (await list(folder)).filter((name) => /^version-[1-9]\d{0,8}$/.test(name));
      const newest = names
        .map((name) => Number(name.slice(8)))
        .sort((a, b) => b - a)
        .slice(0, mostVersions);
      const found = await Promise.all(newest.map((version) => readVersion(root, folder, version)));
      return found.flatMap((version) => version ?? []);
    },
    listFiles: async (location) => listBelow(await locate(root, location)),
    async *readFile(location, path, signal) {
      const file = join(await locate(root, location), path);
      yield* createReadStream(file, { signal }) as AsyncIterable<Uint8Array>;
    },
  };
}

/** Names become folders: MLflow refuses these, too. */
function checkName(name: string): string {
  if (name !== "" && name !== "." && name !== ".." && !/[/\\:\0]/.test(name)) return name;
  throw new RefusedError(
    "unavailable",
    `"${name.slice(0, 80)}" cannot be the name of a registered model: it has / or :`,
  );
}

async function list(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw unreadable(folder, error);
  }
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw unreadable(file, error);
  }
}

function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === "ENOENT" || code === "ENOTDIR";
}

function unreadable(path: string, error: unknown): RefusedError {
  const why = error instanceof Error ? error.message : String(error);
  return new RefusedError("unavailable", `the tracking store cannot be read at ${path}: ${why}`);
}

/** Undefined for one that is being written or removed. */
async function readVersion(root: string, folder: string, version: number): Promise<TrackedVersion | undefined> {
  const text = await readText(join(folder, `version-${version}`, "meta.yaml"));
  const meta = text === undefined ? undefined : readRecord(text);
  if (!meta) return undefined;
  const runId = textOf(meta.run_id);
  return {
    version,
    createdAt: Number(meta.creation_timestamp) || 0,
    status: statusOf(meta.status),
    location: textOf(meta.storage_location) || textOf(meta.source),
    runId,
    ...(await readRun(root, runId)),
  };
}

function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

async function readRun(
  root: string,
  runId: string,
): Promise<Pick<TrackedVersion, "runName" | "metrics" | "parameters">> {
  const nothing = { runName: "", metrics: {}, parameters: {} };
  if (!/^[A-Za-z0-9_-]{1,256}$/.test(runId)) return nothing;
  for (const experiment of await list(root)) {
    const folder = join(root, experiment, runId);
    const text = await readText(join(folder, "meta.yaml"));
    if (text === undefined) continue;
    const metrics = await readValues(join(folder, "metrics"));
    return {
      runName: textOf(readRecord(text)?.run_name),
      metrics: finite(metrics.flatMap(([key, lines]) => latest(key, lines))),
      parameters: Object.fromEntries(await readValues(join(folder, "params"))),
    };
  }
  return nothing;
}

/** Names may have slashes, which make folders. */
async function readValues(folder: string): Promise<readonly (readonly [string, string])[]> {
  const files = (await listBelow(folder)).slice(0, 1_000);
  const texts = await Promise.all(files.map(async ({ path }) => [path, await readText(join(folder, path))] as const));
  return texts.flatMap(([path, text]) => (text === undefined ? [] : [[path, text] as const]));
}

/** The value of the greatest step, and of those the last. */
function latest(key: string, lines: string): readonly (readonly [string, number])[] {
  let best: { value: number; step: number } | undefined;
  for (const line of lines.split("\n")) {
    const [time, text, stepText] = line.trim().split(/\s+/);
    if (!time || text === undefined) continue;
    const [value, step] = [Number(text), Number(stepText ?? 0)];
    if (!best || step >= best.step) best = { value, step };
  }
  return best ? [[key, best.value]] : [];
}

/** Where a version's files are: what it says itself could lead anywhere. */
async function locate(root: string, location: string): Promise<string> {
  const path = location.startsWith("file:") ? pathOf(location) : location;
  if (!isAbsolute(path)) {
    throw new RefusedError("invalid", `its files are at ${location.slice(0, 200)}, which is not in the tracking store`);
  }
  try {
    const [base, found] = [await realpath(root), await realpath(path)];
    const below = relative(base, found);
    if (below !== "" && below !== ".." && !below.startsWith(`..${sep}`) && !isAbsolute(below)) return found;
  } catch (error) {
    if (!isMissing(error)) throw unreadable(path, error);
    throw new RefusedError("invalid", `its files are not there (any more): ${path}`);
  }
  throw new RefusedError("invalid", `its files are at ${path}, outside of the tracking store`);
}

function pathOf(location: string): string {
  try {
    return fileURLToPath(location);
  } catch {
    return "";
  }
}

/** Files only: what is a link could lead anywhere. */
async function listBelow(folder: string, below = ""): Promise<readonly StoredFile[]> {
  const found: StoredFile[] = [];
  for (const name of await list(join(folder, below))) {
    const path = below === "" ? name : `${below}/${name}`;
    const entry = await lstat(join(folder, path)).catch(() => undefined);
    if (entry?.isDirectory()) found.push(...(await listBelow(folder, path)));
    else if (entry?.isFile()) found.push({ path, size: entry.size });
    if (found.length > mostFiles) throw new RefusedError("invalid", `it has more than ${mostFiles} files`);
  }
  return found;
}
