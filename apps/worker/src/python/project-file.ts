import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { leadsInside } from "../inside.ts";
import { StepFailure } from "../step-failure.ts";

const SIZE_LIMIT = 16 << 20;

/**
 * Reads a file of the project that says what is in its environment.
 *
 * @param path - from the working directory, which it may not leave
 * @param hint - what to do when it is not there
 * @throws StepFailure `requirements-missing`, naming the path
 */
export function readProjectFile(folder: string, path: string, hint: string): Buffer {
  const whole = join(folder, path);
  if (path.startsWith("..") || path.startsWith("/") || !existsSync(whole) || !leadsInside(folder, path)) {
    const message = `The file "${path}" with the Python packages is not among the task's files.`;
    throw new StepFailure("requirements-missing", message, { hint });
  }
  const stat = statSync(whole);
  if (!stat.isFile() || stat.size > SIZE_LIMIT) {
    const message = `"${path}" cannot be read: it is a folder or larger than 16 MiB.`;
    throw new StepFailure("requirements-missing", message);
  }
  return readFileSync(whole);
}

/** As {@link readProjectFile}; undefined when it is not there. */
export function readOptionalFile(folder: string, path: string): Buffer | undefined {
  return existsSync(join(folder, path)) ? readProjectFile(folder, path, "") : undefined;
}

/**
 * What `parse` makes of a file.
 *
 * @throws StepFailure `requirements-missing`, saying what is wrong with it
 */
export function parseProjectFile<T>(path: string, bytes: Buffer, parse: (text: string) => T): T {
  try {
    return parse(bytes.toString("utf8"));
  } catch (error) {
    const why = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new StepFailure("requirements-missing", `"${path}" cannot be read: ${why}`, { hint: `Correct ${path}.` });
  }
}

/** The member of something that was read from a file, where that is a table; undefined otherwise. */
export function member(value: unknown, name: string): unknown {
  return isTable(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

export function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A list that was read from a file, or none. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
