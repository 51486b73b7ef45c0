import { RefusedError } from "#core/errors.ts";

/** What a failed write means to whoever asked for it: a full or read-only disk is a refusal, anything else a fault. */
export function diskError(error: unknown, what: string): unknown {
  switch (error instanceof Error && "code" in error ? error.code : undefined) {
    case "ENOSPC":
    case "EDQUOT":
    case "EFBIG":
      return new RefusedError("exhausted", `${what} cannot be kept: the disk is full; make room and try again`);
    case "EROFS":
      return new RefusedError("unavailable", `${what} cannot be kept: the disk is read-only; make it writable`);
    default:
      return error;
  }
}
