import { RefusedError } from "#core/errors.ts";
import type { TaskId } from "#core/tasks/task.ts";

/** What a client of the job Agent runs, by an id that it chose. Times are milliseconds since 1970. */
export interface Job {
  readonly id: string;
  /** Files that were ever named for it, without repeats. */
  readonly files: readonly string[];
  /** Set by the first RunJob, and never changed. */
  readonly definition?: JobDefinition;
  /** The task that runs it; set with the definition. */
  readonly taskId?: TaskId;
  /** Its task waits for files. */
  readonly isStaging: boolean;
  /** Since when a file cannot be had. */
  readonly heldSince?: number;
  readonly createdAt: number;
}

/** What is run, and on what. */
export interface JobDefinition {
  /** The entry point first. */
  readonly files: readonly string[];
  /** Python versions, all of which must hold: `3.11`, `>=3.9,<3.13`. */
  readonly pythonVersions: readonly string[];
}

/** A file that was fetched or uploaded; its bytes are the object of that hash and never change. */
export interface StagedFile {
  readonly id: string;
  /** SHA-256, hexadecimal. */
  readonly hash: string;
  readonly size: number;
  readonly stagedAt: number;
  /** When a job last asked for it. */
  readonly usedAt: number;
}

const longestId = 256;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * The id of a job or file as it is kept: UUIDs and hashes do not depend on the case in which they are written.
 *
 * @throws RefusedError `invalid`, naming the field
 */
export function checkJobId(id: string, field: string): string {
  if (!/^[A-Za-z0-9._-]+$/.test(id) || id.length > longestId || id === "." || id === "..") {
    throw new RefusedError(
      "invalid",
      `${field}: must have 1 to ${longestId} letters, digits, ".", "_" or "-", and not be "." or ".."`,
      field,
    );
  }
  return uuid.test(id) || contentHashOf(id) !== undefined ? id.toLowerCase() : id;
}

/** By which hash of its content a file is named; undefined for an id that says nothing of the content. */
export function contentHashOf(id: string): "sha1" | "sha256" | undefined {
  if (!/^[0-9a-f]+$/i.test(id)) return undefined;
  return id.length === 40 ? "sha1" : id.length === 64 ? "sha256" : undefined;
}

export function isSameDefinition(a: JobDefinition, b: JobDefinition): boolean {
  return JSON.stringify([a.files, a.pythonVersions]) === JSON.stringify([b.files, b.pythonVersions]);
}
