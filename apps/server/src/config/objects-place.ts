import { join, resolve } from "node:path";
import { ConfigError } from "#server/config/config-error.ts";
import type { Values } from "#server/config/read-variables.ts";

/** Where objects are kept. */
export type ObjectsPlace =
  | { readonly kind: "files"; readonly folder: string }
  | {
      readonly kind: "s3";
      readonly bucket: string;
      /** Of every key, without a slash at its ends. */
      readonly prefix: string;
      readonly endpoint?: string;
      readonly region: string;
      readonly pathStyle: boolean;
    };

export interface ObjectsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

const options = ["endpoint", "region", "pathStyle"];

/**
 * Where objects are kept, in the data folder unless the configuration says otherwise.
 *
 * @param folder - what a relative path is relative to
 */
export function objectsPlace(url: string | undefined, dataFolder: string, folder: string): ObjectsPlace {
  if (url === undefined) return { kind: "files", folder: join(dataFolder, "objects") };
  try {
    return readObjectsUrl(url, folder);
  } catch (error) {
    throw new ConfigError(`TRIBUTARY_OBJECTS_URL  ${error instanceof Error ? error.message : error}`);
  }
}

/** Of S3, where they are configured. */
export function objectsCredentials(values: Values): ObjectsCredentials | undefined {
  const {
    TRIBUTARY_OBJECTS_ACCESS_KEY_ID: accessKeyId,
    TRIBUTARY_OBJECTS_SECRET_ACCESS_KEY: secretAccessKey,
    TRIBUTARY_OBJECTS_SESSION_TOKEN: sessionToken,
  } = values;
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  }
  if (accessKeyId !== undefined || secretAccessKey !== undefined) {
    throw new ConfigError(
      "TRIBUTARY_OBJECTS_ACCESS_KEY_ID  and TRIBUTARY_OBJECTS_SECRET_ACCESS_KEY belong together: set both or neither",
    );
  }
  return undefined;
}

/**
 * Reads `s3://bucket/prefix?endpoint=…&region=…&pathStyle=…`, a `file:` URL, or a path.
 *
 * @param folder - what a relative path is relative to
 * @throws Error with what is wrong
 */
export function readObjectsUrl(text: string, folder: string): ObjectsPlace {
  if (!/^[a-z][a-z0-9+.-]*:/i.test(text)) return { kind: "files", folder: resolve(folder, text) };
  const url = new URL(text);
  if (url.protocol === "file:") return { kind: "files", folder: decodeURIComponent(url.pathname) };
  if (url.protocol !== "s3:") throw new Error(`"${url.protocol}//" is not known; give a folder or s3://bucket/prefix`);
  return readS3(url);
}

function readS3(url: URL): ObjectsPlace {
  if (url.username !== "" || url.password !== "") {
    throw new Error(
      "has credentials; give them by TRIBUTARY_OBJECTS_ACCESS_KEY_ID and TRIBUTARY_OBJECTS_SECRET_ACCESS_KEY",
    );
  }
  const unknown = [...url.searchParams.keys()].find((name) => !options.includes(name));
  if (unknown !== undefined) throw new Error(`"${unknown}" is no option of it; there are ${options.join(", ")}`);
  const bucket = url.hostname;
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) throw new Error(`"${bucket}" is not the name of a bucket`);
  const endpoint = url.searchParams.get("endpoint");
  if (endpoint !== null && !/^https?:\/\/[^/]+/.test(endpoint)) {
    throw new Error(`endpoint "${endpoint}" is not an http or https URL`);
  }
  const pathStyle = url.searchParams.get("pathStyle");
  if (pathStyle !== null && pathStyle !== "true" && pathStyle !== "false") {
    throw new Error(`pathStyle "${pathStyle}" is neither true nor false`);
  }
  return {
    kind: "s3",
    bucket,
    prefix: decodeURIComponent(url.pathname).replace(/^\/+|\/+$/g, ""),
    region: url.searchParams.get("region") ?? "us-east-1",
    // Servers of one's own seldom have a host name for each bucket.
    pathStyle: pathStyle === null ? endpoint !== null : pathStyle === "true",
    ...(endpoint === null ? {} : { endpoint }),
  };
}
