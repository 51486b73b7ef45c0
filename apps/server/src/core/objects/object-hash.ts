import { RefusedError } from "#core/errors.ts";
import type { BinnedObject } from "#core/ports/object-store.ts";

/** Whether a text can be the name of an object: a SHA-256 in 64 lower-case hexadecimal digits. */
export function isObjectHash(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

/** @throws RefusedError `not-found` for what is not a hash, and so is the name of no object */
export function checkObjectHash(text: string): string {
  if (!isObjectHash(text)) throw new RefusedError("not-found", "an object's name is 64 hexadecimal digits");
  return text;
}

/** Objects in the bin by names of their own: the hash, a point, and what tells one place from another. */
export function placeInBin(hash: string, tag: string): BinnedObject {
  return { hash, place: `${checkObjectHash(hash)}.${tag}` };
}

/** Undefined for what is not the name of such a place. */
export function readPlace(place: string): BinnedObject | undefined {
  const [hash = "", tag, ...rest] = place.split(".");
  return isObjectHash(hash) && tag !== undefined && rest.length === 0 ? { hash, place } : undefined;
}
