import type { LogChunk } from "#core/logs/log.ts";
import type { LogFiles } from "./open-files.ts";
import { type Append, planWrite } from "./planned-write.ts";
import { writeAt } from "./positional.ts";
import { recordSize } from "./record.ts";
import type { LogEnd } from "./state.ts";

/** Writes to the files of one log. */
export class LogWriter {
  /** What a failed write has left is still there. */
  #dirty = false;

  /**
   * Appends, all or nothing: bytes first, then their records, so that a record's bytes are always there.
   *
   * @returns where the log ends now, and the pieces that are new
   */
  async write(
    files: LogFiles,
    end: LogEnd,
    appends: readonly Append[],
  ): Promise<{ readonly end: LogEnd; readonly chunks: readonly LogChunk[] }> {
    const planned = planWrite(end, appends);
    if (planned.bytes.length === 0) return { end, chunks: [] };
    // Records of the failed write, which may be longer than this one, would be taken for what follows this one.
    if (this.#dirty) await this.#cut(files, end);
    this.#dirty = true;
    try {
      await writeAt(files.bytes, end.bytes, planned.bytes);
      await writeAt(files.index, end.records * recordSize, planned.index);
    } catch (error) {
      await this.#cut(files, end).catch(() => {});
      throw error;
    }
    this.#dirty = false;
    return planned;
  }

  async #cut(files: LogFiles, end: LogEnd): Promise<void> {
    await files.index.truncate(end.records * recordSize);
    await files.bytes.truncate(end.bytes);
    this.#dirty = false;
  }
}
