import type { ChunkLimit } from "./planned-write.ts";

/** How much is kept of a log, and shown of a line; all in bytes. */
export interface LogLimits {
  readonly taskBytes: number;
  readonly lineBytes: number;
  readonly chunk: ChunkLimit;
}

const mebibyte = 1_048_576;
/** So few that a chunk's index is looked through in a moment; one of 8 MiB has them when its pieces have 256 bytes. */
const mostRecords = 32_768;

/** Limits with chunks so small that several make up a log of the longest kind. */
export function limitsOf({ taskBytes = 4096 * mebibyte, lineBytes = 65_536, chunkBytes = 8 * mebibyte }): LogLimits {
  const bytes = Math.max(1, Math.min(chunkBytes, Math.floor(taskBytes / 8)));
  return { taskBytes, lineBytes, chunk: { bytes, records: mostRecords } };
}
