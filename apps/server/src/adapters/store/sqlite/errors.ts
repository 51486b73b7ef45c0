import { RefusedError } from "#core/errors.ts";

// Primary result codes of SQLite; the extended ones add higher bytes.
const sqliteBusy = 5;
const sqliteFull = 13;
const constraintPrimaryKey = 1555;
const constraintUnique = 2067;

function codeOf(error: unknown): number {
  return error instanceof Error && "errcode" in error && typeof error.errcode === "number" ? error.errcode : 0;
}

export function isDiskFull(error: unknown): boolean {
  return (codeOf(error) & 0xff) === sqliteFull;
}

export function isBusy(error: unknown): boolean {
  return (codeOf(error) & 0xff) === sqliteBusy;
}

/** The columns that must be unique and were not; undefined for any other error. */
export function violatedColumns(error: unknown): readonly string[] | undefined {
  const code = codeOf(error);
  if (!(error instanceof Error) || (code !== constraintPrimaryKey && code !== constraintUnique)) return undefined;
  // "UNIQUE constraint failed: tasks.dialect, tasks.name"
  return Array.from(error.message.matchAll(/\w+\.(\w+)/g), ([, column]) => column!);
}

export function diskFullError(folder: string): RefusedError {
  return new RefusedError(
    "exhausted",
    `The disk that holds ${folder} is full, so nothing was changed. Free some space there and try again.`,
  );
}

export function busyError(folder: string): RefusedError {
  return new RefusedError(
    "unavailable",
    `Another program holds the database in ${folder}, so nothing was changed. End its transaction and try again.`,
  );
}
