import { parse } from "yaml";
import { RefusedError } from "#core/errors.ts";
import type { ServingNeeds, TrackedVersion } from "#core/models/model.ts";
import type { TrackingStore } from "./tracking-store.ts";

const largest = 4 * 2 ** 20;

/**
 * Reads from a version's files what serving it takes.
 *
 * Source: MLflow's model format; the flavor `python_function` is the one that every Python model has.
 */
export async function servingNeeds(
  store: TrackingStore,
  { location }: Pick<TrackedVersion, "location">,
  signal: AbortSignal,
): Promise<ServingNeeds> {
  const files = await store.listFiles(location, signal);
  if (!files.some(({ path }) => path === "MLmodel")) {
    throw new RefusedError("invalid", "it has no file MLmodel; log the model with MLflow's log_model");
  }
  const flavor = flavorOf(await readText(store, location, "MLmodel", signal));
  if (!flavor) {
    throw new RefusedError(
      "invalid",
      "its file MLmodel has no flavor python_function, the only one that is served; log it as a Python model",
    );
  }
  const version = typeof flavor.python_version === "string" ? flavor.python_version : "";
  return {
    pythonVersion: /^\d+\.\d+/.exec(version)?.[0] ?? "3",
    hasRequirements: files.some(({ path }) => path === "requirements.txt"),
  };
}

function flavorOf(text: string): Record<string, unknown> | undefined {
  const model = readRecord(text);
  const flavors = asRecord(model?.flavors);
  return asRecord(flavors?.python_function);
}

/** A mapping in YAML; undefined for anything else. */
export function readRecord(text: string): Record<string, unknown> | undefined {
  try {
    // Big numbers and dates are read as what they are written as by whoever asks for them.
    return asRecord(parse(text, { schema: "core", maxAliasCount: 0 }));
  } catch {
    return undefined;
  }
}

function asRecord(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

async function readText(store: TrackingStore, location: string, path: string, signal: AbortSignal): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of store.readFile(location, path, signal)) {
    size += chunk.length;
    if (size > largest) throw new RefusedError("invalid", `its file ${path} is larger than ${largest} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
