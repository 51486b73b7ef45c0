import { RefusedError } from "#core/errors.ts";
import type { Counted, Cursor } from "#core/page.ts";

/**
 * An opaque token for the place after a row. It is bound to the list it was made for.
 *
 * @param list - what was asked for: filter and order, spelled the same way each time
 */
export function toPageToken(cursor: Cursor, list: string): string {
  const { value, id, counted } = cursor;
  const parts = [value, id, digest(list), ...(counted ? [counted.total, counted.position] : [])];
  return Buffer.from(JSON.stringify(parts)).toString("base64url");
}

/** @throws RefusedError `invalid` for a token that was not made for this list */
export function fromPageToken(token: string, list: string): Cursor | undefined {
  if (token === "") return undefined;
  const parts = parse(token);
  if (!parts) throw new RefusedError("invalid", "page_token: is not one of ours; start again without it", "page_token");
  if (parts.digest !== digest(list)) {
    throw new RefusedError(
      "invalid",
      "page_token: belongs to another filter or order; start again without it",
      "page_token",
    );
  }
  return parts.cursor;
}

function parse(token: string): { cursor: Cursor; digest: number } | undefined {
  try {
    const parts: unknown = JSON.parse(Buffer.from(token, "base64url").toString());
    if (!Array.isArray(parts)) return undefined;
    const [value, id, mark, total, position] = parts as unknown[];
    if (
      (typeof value !== "string" && typeof value !== "number") ||
      !Number.isSafeInteger(id) ||
      typeof mark !== "number"
    ) {
      return undefined;
    }
    const counted = countedOf(total, position);
    return { cursor: { value, id: id as number, ...(counted && { counted }) }, digest: mark };
  } catch {
    return undefined;
  }
}

function countedOf(total: unknown, position: unknown): Counted | undefined {
  if (typeof total !== "number" || typeof position !== "number") return undefined;
  return total >= 0 && position >= 0 ? { total, position } : undefined;
}

/** FNV-1a: tells lists apart, keeps no secret. */
function digest(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
