import { RefusedError } from "#core/errors.ts";

/** What PostgreSQL calls an error: five characters, the first two of which name its kind. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

/** Another transaction was in the way; the same again will pass. */
export function isConflict(error: unknown): boolean {
  return ["40001", "40P01"].includes(codeOf(error));
}

/** A transaction that may only read was asked to write. */
export function isReadOnly(error: unknown): boolean {
  return codeOf(error) === "25006";
}

const connectionCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENOENT",
  // Shutdown, crash, starting up, dropped database; idle for too long within a transaction.
  "57P01",
  "57P02",
  "57P03",
  "57P04",
  "25P03",
]);

/** The connection is lost, or there is nobody to connect to. */
export function isDisconnection(error: unknown): boolean {
  const code = codeOf(error);
  if (connectionCodes.has(code) || code.startsWith("08")) return true;
  return (
    error instanceof Error &&
    /connection (terminated|timeout|ended)|timeout (expired|exceeded)|not queryable|read timeout/i.test(error.message)
  );
}

/** The columns that must be unique and were not, with the values that are taken; undefined for any other error. */
export function violation(
  error: unknown,
): { readonly columns: readonly string[]; readonly values: string } | undefined {
  if (codeOf(error) !== "23505") return undefined;
  // Key (dialect, name)=(ame, x) already exists. The words around it are in the database's language.
  const detail = error instanceof Error && "detail" in error ? String(error.detail) : "";
  const [, columns = "", values = ""] = /\(([^)]*)\)=\((.*)\)/s.exec(detail) ?? [];
  return { columns: columns.split(", ").map((column) => column.replaceAll('"', "")), values };
}

/** What callers are told instead of errors of the database that are not the server's fault. */
export function refusalOf(error: unknown, place: string): unknown {
  const code = codeOf(error);
  if (isDisconnection(error)) return unreachableError(place);
  if (code === "55P03" || code === "57014") {
    return new RefusedError(
      "unavailable",
      `Another server has held ${place} for too long; nothing was changed. Try again.`,
    );
  }
  if (isReadOnly(error)) {
    return new RefusedError("unavailable", `${capital(place)} takes no writes (a standby?); nothing was changed.`);
  }
  if (code === "53300") {
    return new RefusedError("unavailable", `${capital(place)} has no connection left; nothing was changed. Try again.`);
  }
  if (code.startsWith("53")) {
    return new RefusedError(
      "exhausted",
      `${capital(place)} has no room left, so nothing was changed. Free some and try again.`,
    );
  }
  // NUL, which its texts cannot hold, and texts that are too long for an index.
  if (code === "22021") return new RefusedError("invalid", "A text contains a NUL character; remove it.");
  if (code === "54000")
    return new RefusedError("invalid", "A name or another short text is too long; use a shorter one.");
  return error;
}

export function unreachableError(place: string): RefusedError {
  return new RefusedError("unavailable", `${capital(place)} cannot be reached, so nothing was changed. Try again.`);
}

/** The answer to a commit was lost. */
export function unknownOutcomeError(place: string): RefusedError {
  return new RefusedError(
    "unavailable",
    `The connection to ${place} broke while it kept the change; whether it did is not known. Look before you try again.`,
  );
}

/** Why the first connection failed, for whoever starts the server; never with the password. */
export function startError(error: unknown, place: string): unknown {
  const refused = (why: string) => new RefusedError("unavailable", `${capital(place)} ${why}`);
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  const mend = "Start it, or mend TRIBUTARY_DATABASE_URL.";
  if (code.startsWith("28")) {
    return refused(`refuses this user (${message}). Mend user and password in TRIBUTARY_DATABASE_URL.`);
  }
  if (code === "3D000") return refused("does not exist. Create it, or mend TRIBUTARY_DATABASE_URL.");
  if (code === "42501") {
    return refused(
      `does not let this user make tables (${message}). Give it a schema of its own, or make it the owner.`,
    );
  }
  if (isDisconnection(error)) return refused(`cannot be reached (${code || message}). ${mend}`);
  return error;
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
