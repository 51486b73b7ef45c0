import { RefusedError } from "#core/errors.ts";
import type { TrackedVersion } from "#core/models/model.ts";
import { finite, mostVersions, type StoredFile, statusOf, type TrackingStore } from "./tracking-store.ts";

export interface RestCredentials {
  readonly username?: string;
  readonly password?: string;
  /** Sent as a bearer token instead. */
  readonly token?: string;
}

const patience = 15_000;
const mostFiles = 10_000;

interface VersionAnswer {
  readonly version?: string | number;
  readonly creation_timestamp?: number;
  readonly run_id?: string;
  readonly status?: string;
}

interface RunAnswer {
  readonly run?: {
    readonly info?: { readonly run_name?: string };
    readonly data?: {
      readonly metrics?: readonly { readonly key: string; readonly value: number }[];
      readonly params?: readonly { readonly key: string; readonly value: string }[];
    };
  };
}

interface FilesAnswer {
  readonly files?: readonly {
    readonly path: string;
    readonly is_dir?: boolean;
    readonly file_size?: number | string;
  }[];
}

/**
 * A tracking server of MLflow's.
 *
 * Source: MLflow's REST API 2.0, which version 3 answers too; files come through the server's own artifact proxy.
 */
export function restStore(uri: string, credentials: RestCredentials = {}): TrackingStore {
  const base = uri.replace(/\/+$/, "");
  const authorization = authorizationOf(credentials);

  async function send(path: string, signal: AbortSignal): Promise<Response> {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
    try {
      return await fetch(`${base}${path}`, { headers: authorization, signal: limited, redirect: "error" });
    } catch (error) {
      signal.throwIfAborted();
      throw new RefusedError("unavailable", `the tracking server at ${base} does not answer: ${causeOf(error)}`);
    }
  }

  async function ask<T extends object>(path: string, signal: AbortSignal): Promise<T | undefined> {
    const response = await send(path, signal);
    if (response.status === 404) return undefined;
    const text = await response.text();
    if (response.status === 401 || response.status === 403) {
      throw new RefusedError(
        "unavailable",
        `the tracking server at ${base} refuses this server (${response.status}): see TRIBUTARY_MLFLOW_USERNAME, _PASSWORD and _TOKEN`,
      );
    }
    try {
      if (response.ok) return JSON.parse(text) as T;
    } catch {
      // Said below.
    }
    throw new RefusedError(
      "unavailable",
      `the tracking server at ${base} answers ${path.split("?", 1)[0]} with ${response.status}, not as MLflow's API does: ${text.slice(0, 200)}`,
    );
  }

  const api = <T extends object>(name: string, query: Readonly<Record<string, string>>, signal: AbortSignal) =>
    ask<T>(`/api/2.0/mlflow/${name}?${new URLSearchParams(query)}`, signal);

  async function toVersion(model: string, told: VersionAnswer, signal: AbortSignal): Promise<TrackedVersion> {
    const version = Number(told.version);
    const runId = told.run_id ?? "";
    const [place, run] = await Promise.all([
      api<{ artifact_uri?: string }>(
        "model-versions/get-download-uri",
        { name: model, version: String(version) },
        signal,
      ),
      runId === "" ? undefined : api<RunAnswer>("runs/get", { run_id: runId }, signal),
    ]);
    const { info, data } = run?.run ?? {};
    return {
      version,
      createdAt: Number(told.creation_timestamp) || 0,
      status: statusOf(told.status),
      location: place?.artifact_uri ?? "",
      runId,
      runName: info?.run_name ?? "",
      metrics: finite((data?.metrics ?? []).map(({ key, value }) => [key, Number(value)] as const)),
      parameters: Object.fromEntries((data?.params ?? []).map(({ key, value }) => [key, String(value)])),
    };
  }

  async function listBelow(root: string, below: string, signal: AbortSignal): Promise<readonly StoredFile[]> {
    const path = below === "" ? root : `${root}/${below}`;
    const answer = await ask<FilesAnswer>(
      `/api/2.0/mlflow-artifacts/artifacts?${new URLSearchParams({ path })}`,
      signal,
    );
    const found: StoredFile[] = [];
    for (const file of answer?.files ?? []) {
      const own = below === "" ? file.path : `${below}/${file.path}`;
      if (own.split("/").some((part) => part === "" || part === "..")) continue;
      if (file.is_dir) found.push(...(await listBelow(root, own, signal)));
      else found.push({ path: own, size: Number(file.file_size ?? 0) });
      if (found.length > mostFiles) throw new RefusedError("invalid", `it has more than ${mostFiles} files`);
    }
    return found;
  }

  return {
    async versions(model, signal) {
      const query = { filter: `name='${model.replaceAll("'", "")}'`, max_results: String(mostVersions) };
      const answer = await api<{ model_versions?: readonly VersionAnswer[] }>("model-versions/search", query, signal);
      const versions: TrackedVersion[] = [];
      for (const told of answer?.model_versions ?? []) versions.push(await toVersion(model, told, signal));
      return versions.sort((a, b) => b.version - a.version);
    },
    listFiles: async (location, signal) => listBelow(proxied(base, location), "", signal),
    async *readFile(location, path, signal) {
      const whole = `${proxied(base, location)}/${path}`.split("/").map(encodeURIComponent).join("/");
      const response = await send(`/api/2.0/mlflow-artifacts/artifacts/${whole}`, signal);
      if (!response.ok || !response.body) {
        throw new RefusedError("unavailable", `the tracking server at ${base} answers ${response.status} for ${path}`);
      }
      yield* response.body;
    },
  };
}

/** The path of files that the server hands out itself. */
function proxied(base: string, location: string): string {
  const match = /^mlflow-artifacts:(?:\/\/[^/]*)?\/(.+)$/.exec(location);
  if (match?.[1]) return match[1].replace(/\/+$/, "");
  throw new RefusedError(
    "invalid",
    `its files are at ${location.slice(0, 200) || "an unknown place"}, which ${base} does not hand out; ` +
      "start the tracking server with --serve-artifacts",
  );
}

function authorizationOf({ username, password = "", token }: RestCredentials): Record<string, string> {
  if (token !== undefined) return { authorization: `Bearer ${token}` };
  if (username === undefined) return {};
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}` };
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `nothing came within ${patience / 1000} s`;
  return error.cause instanceof Error ? error.cause.message : error.message;
}
