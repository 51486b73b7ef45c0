import { RefusedError } from "#core/errors.ts";

/** What a failed write means to whoever asked for it: a full or read-only disk is a refusal, anything else a fault. */
export function diskError(error: unknown): unknown {
  switch (error instanceof Error && "code" in error ? error.code : undefined) {
    case "ENOSPC":
    case "EDQUOT":
    case "EFBIG":
      return new RefusedError("exhausted", "the file cannot be kept: the disk is full; make room and try again");
    case "EROFS":
      return new RefusedError("unavailable", "the file cannot be kept: the disk is read-only; make it writable");
    default:
      return error;
  }
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
