/** A place from which files can be had by id. */
export interface FileSource {
  /** For people. */
  readonly place: string;
  /**
   * The bytes of a file; undefined when there is none of that id.
   *
   * @param id - letters, digits, `.`, `_` and `-`; neither `.` nor `..`
   * @throws RefusedError `unavailable` when that cannot be found out now; an iteration may throw it, too
   */
  open(id: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array> | undefined>;
}
