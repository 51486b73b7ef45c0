import type { TrackedVersion } from "#core/models/model.ts";

/** At most this many versions of a model are looked at, the newest. */
export const mostVersions = 200;

export interface StoredFile {
  /** Below the version's location. */
  readonly path: string;
  readonly size: number;
}

/** One kind of tracking store. */
export interface TrackingStore {
  versions(model: string, signal: AbortSignal): Promise<readonly TrackedVersion[]>;
  listFiles(location: string, signal: AbortSignal): Promise<readonly StoredFile[]>;
  readFile(location: string, path: string, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** Only numbers that can be told in every form: what is infinite or none is left out. */
export function finite(metrics: readonly (readonly [string, number])[]): Readonly<Record<string, number>> {
  return Object.fromEntries(metrics.filter(([, value]) => Number.isFinite(value)));
}

export function statusOf(text: unknown): TrackedVersion["status"] {
  if (text === "READY") return "ready";
  return text === "PENDING_REGISTRATION" ? "pending" : "failed";
}
