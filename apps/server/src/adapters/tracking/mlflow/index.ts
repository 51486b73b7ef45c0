import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Tracking } from "#core/ports/tracking.ts";
import { fileStore } from "./file-store.ts";
import { type RestCredentials, restStore } from "./rest-store.ts";
import { servingNeeds } from "./serving-needs.ts";
import type { TrackingStore } from "./tracking-store.ts";

export interface TrackingOptions {
  /** `http://…`, `https://…`, `file:…`, or an absolute folder. */
  readonly uri: string;
  /** Of an MLflow server; only this server uses them, tasks bring their own. */
  readonly credentials?: RestCredentials;
}

/** Whether the tracking store is a folder of this machine. */
export function isTrackingFolder(uri: string): boolean {
  return !/^https?:\/\//.test(uri);
}

/** The folder that a URI names. @throws TypeError for a URI that names none */
export function trackingFolder(uri: string): string {
  return uri.startsWith("file:") ? fileURLToPath(uri) : resolve(uri);
}

/** MLflow's tracking store and model registry: a server of MLflow's, or the folder that its library writes by itself. */
export function mlflowTracking({ uri, credentials }: TrackingOptions): Tracking {
  const isFolder = isTrackingFolder(uri);
  const folder = isFolder ? trackingFolder(uri) : "";
  const store: TrackingStore = isFolder ? fileStore(folder) : restStore(uri, credentials);
  const told = isFolder ? pathToFileURL(folder).href : uri;
  return {
    uri: told,
    variables(isHere) {
      // A folder means another one on another machine.
      if (isFolder && !isHere) return [];
      const name = { name: "MLFLOW_TRACKING_URI", value: told };
      // Newer versions of MLflow's library ask for a word of consent before they write a folder.
      return isFolder ? [name, { name: "MLFLOW_ALLOW_FILE_STORE", value: "true" }] : [name];
    },
    versions: (model, signal) => store.versions(model, signal),
    needs: (version, signal) => servingNeeds(store, version, signal),
    async *files(location, signal) {
      for (const { path, size } of await store.listFiles(location, signal)) {
        yield { path, size, content: store.readFile(location, path, signal) };
      }
    },
  };
}
