import { RefusedError } from "#core/errors.ts";
import type { Position } from "#core/journal/entry.ts";

/** A journal position as clients carry it about: opaque to them. */
export function toPositionToken(position: Position): string {
  return position.toString(36);
}

/** @throws RefusedError `invalid` */
export function fromPositionToken(token: string): Position | undefined {
  if (token === "") return undefined;
  const position = /^[0-9a-z]{1,11}$/.test(token) ? Number.parseInt(token, 36) : Number.NaN;
  if (!Number.isSafeInteger(position)) {
    throw new RefusedError("invalid", "position: is not one of ours; watch without it", "position");
  }
  return position;
}
