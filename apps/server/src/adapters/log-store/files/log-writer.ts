import type { LogFolder } from "./log-folder.ts";
import type { LogFiles } from "./open-files.ts";
import type { PlannedWrite } from "./planned-write.ts";
import { writeAt } from "./positional.ts";
import { recordSize } from "./record.ts";

/** Writes to the files of one log. */
export class LogWriter {
  /** Where what a failed write has left begins. */
  #dirty: PlannedWrite["at"] | undefined;

  /** Appends to one chunk, all or nothing: bytes first, then their records, so that a record's bytes are always there. */
  async write(folder: LogFolder, planned: PlannedWrite): Promise<void> {
    await folder.use(planned.at.number, (files) => this.#append(files, planned), true);
  }

  async #append(files: LogFiles, { at, bytes, index }: PlannedWrite): Promise<void> {
    // Records of the failed write, which may be longer than this one, would be taken for what follows this one.
    if (this.#dirty?.number === at.number) await this.#cut(files, at);
    this.#dirty = at;
    try {
      await writeAt(files.bytes, at.bytes, bytes);
      await writeAt(files.index, at.records * recordSize, [index]);
    } catch (error) {
      await this.#cut(files, at).catch(() => {});
      throw error;
    }
    this.#dirty = undefined;
  }

  async #cut(files: LogFiles, at: PlannedWrite["at"]): Promise<void> {
    await files.index.truncate(at.records * recordSize);
    await files.bytes.truncate(at.bytes);
    this.#dirty = undefined;
  }
}
