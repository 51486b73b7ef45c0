import { join, resolve } from "node:path";
import { ConfigError } from "#server/config/config-error.ts";
import type { Values } from "#server/config/read-variables.ts";

/** Where models are written and read. */
export interface Tracking {
  readonly uri: string;
  readonly credentials: { readonly username?: string; readonly password?: string; readonly token?: string };
}

/** @param folder - what a relative path is relative to */
export function trackingOf(values: Values, folder: string, dataFolder: string): Tracking {
  const given = values.TRIBUTARY_MLFLOW_TRACKING_URI;
  const { TRIBUTARY_MLFLOW_USERNAME: username, TRIBUTARY_MLFLOW_PASSWORD: password } = values;
  const { TRIBUTARY_MLFLOW_TOKEN: token } = values;
  const credentials = {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(token === undefined ? {} : { token }),
  };
  return { uri: given === undefined ? join(dataFolder, "mlflow") : trackingUri(given, folder), credentials };
}

function trackingUri(given: string, folder: string): string {
  const refuse = (why: string) => new ConfigError(`TRIBUTARY_MLFLOW_TRACKING_URI  ${why}`);
  if (!/^[a-z][a-z0-9+.-]*:/i.test(given)) return resolve(folder, given);
  const parsed = URL.parse(given);
  if (!parsed || !["http:", "https:", "file:"].includes(parsed.protocol)) {
    const name = given.split(":", 1)[0];
    throw refuse(`${name}: cannot be read by this server; run MLflow's server over it, and give its http:// address`);
  }
  if (parsed.protocol === "file:" && (parsed.host !== "" || /%2f/i.test(parsed.pathname))) {
    throw refuse(`"${given.slice(0, 200)}" names no folder of this machine; write file:///folder`);
  }
  if (parsed.username !== "" || parsed.password !== "") {
    throw refuse("has a user or password, which every task would read: use TRIBUTARY_MLFLOW_USERNAME and _PASSWORD");
  }
  return given;
}
