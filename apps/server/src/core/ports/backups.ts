/** Copies of everything that is kept, but for the master key. */
export interface Backups {
  /** Where they are; for people. */
  readonly place: string;
  /**
   * Makes a new one while everything goes on. The caller sees to it that no object is deleted meanwhile.
   *
   * @param ask.copyStore - writes a copy of the store's tables to a new file
   * @throws RefusedError `exhausted` when the disk is full; nothing of the backup stays
   */
  create(
    ask: { readonly now: number; readonly copyStore: (file: string) => Promise<void> },
    signal: AbortSignal,
  ): AsyncGenerator<BackupProgress, Backup>;
  /** Those that are whole, newest first. */
  list(): Promise<readonly Backup[]>;
}

export interface Backup {
  readonly name: string;
  readonly path: string;
  readonly createdAt: number;
  readonly bytes: number;
  /** Of the server that made it. */
  readonly version: string;
  readonly hasObjects: boolean;
}

export type BackupStep = "database" | "logs" | "objects" | "mirrors";

/** How far a backup is; files and bytes of all steps so far. */
export interface BackupProgress {
  readonly step: BackupStep;
  readonly files: number;
  readonly bytes: number;
}
