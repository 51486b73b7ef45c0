import { readFile } from "node:fs/promises";
import { RefusedError } from "#core/errors.ts";
import { type MasterKey, parseMasterKeys } from "./master-key.ts";

/** Where a vault has its master keys from. */
export interface KeySource {
  /** As a part of a sentence. */
  readonly place: string;
  /** Keys are made and dropped here; elsewhere by whoever set the server up. */
  readonly keepsKeys: boolean;
  read(): Promise<readonly MasterKey[]>;
  make(): Promise<MasterKey>;
  drop(id: string): Promise<void>;
}

/** Keys that are given with the configuration. */
export function givenKeys(text: string): KeySource {
  const place = "TRIBUTARY_MASTER_KEY";
  const keys = parseMasterKeys(text, place);
  return { place, keepsKeys: false, read: async () => keys, ...madeElsewhere(place) };
}

/** Keys in a file that somebody else writes; what is in it counts without a new start. */
export function mountedKeys(path: string): KeySource {
  const place = `the file ${path} (TRIBUTARY_MASTER_KEY_FILE)`;
  const read = async () => parseMasterKeys(await readFile(path, "utf8"), place);
  return { place, keepsKeys: false, read, ...madeElsewhere(place) };
}

function madeElsewhere(place: string): Pick<KeySource, "make" | "drop"> {
  const refuse = (act: string) => async (): Promise<never> => {
    throw new RefusedError("conflict", `the master keys come from ${place}: ${act} there`);
  };
  return { make: refuse("add one"), drop: refuse("take it away") };
}
