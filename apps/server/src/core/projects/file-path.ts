import { RefusedError } from "#core/errors.ts";

const longest = 4096;

/**
 * A path inside a project: `./` and doubled slashes taken away, nothing that could leave the folder let through.
 *
 * @throws RefusedError `invalid` for an empty, absolute, or over-long path, and for `..`, a backslash, or control characters
 */
export function checkFilePath(path: string, field: string): string {
  const refuse = (why: string) => {
    const shown = JSON.stringify(path.slice(0, 200));
    return new RefusedError(
      "invalid",
      `${field}: ${shown} ${why}; give a path relative to the project's folder`,
      field,
    );
  };
  if (/[\u0000-\u001f\u007f]/.test(path)) throw refuse("contains a control character");
  if (path.includes("\\")) throw refuse("contains a backslash");
  if (path.startsWith("/") || /^[A-Za-z]:/.test(path)) throw refuse("is absolute");
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) throw refuse("leaves the folder by '..'");
  if (parts.length === 0) throw refuse("names no file");
  const clean = parts.join("/");
  if (clean.length > longest || parts.some((part) => part.length > 255)) throw refuse("is too long");
  return clean;
}
