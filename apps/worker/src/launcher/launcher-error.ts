/**
 * Why a call of the launcher failed.
 *
 * - `refused`: it said no, and the message says why.
 * - `lost`: it died. What it started is killed by `sweepOrphans`.
 * - `replaced`: another process said hello to it.
 * - `closed`: this client was closed.
 * - `silent`: it did not answer in 30 seconds. What was asked may still be done; asking again does nothing twice.
 * - `unavailable`: it could be neither reached nor started.
 */
export type LauncherErrorCode = "refused" | "lost" | "replaced" | "closed" | "silent" | "unavailable";

/** Every error of the launcher's client. */
export class LauncherError extends Error {
  readonly code: LauncherErrorCode;

  constructor(code: LauncherErrorCode, message: string) {
    super(message);
    this.name = "LauncherError";
    this.code = code;
  }
}
