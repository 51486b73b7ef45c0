import { join } from "node:path";

/** The folder of the repository. */
export const root = join(import.meta.dirname, "..");

/** Where the commands keep what they may lose: reports, logs, locks. Not in git. */
export const cacheFolder = join(root, ".cache");

/** The environment of every program that is started here: the repository's own programs come first. */
export const environment: Readonly<Record<string, string | undefined>> = {
  ...process.env,
  PATH: `${join(root, "node_modules/.bin")}:${process.env.PATH ?? ""}`,
};
