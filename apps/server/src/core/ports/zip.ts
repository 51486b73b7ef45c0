/** One file in an archive. */
export interface ZipEntry {
  /** With `/` between folders. */
  readonly name: string;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** Archives that people's machines open. */
export interface Zip {
  /** The archive, made as it is read: each entry is asked for when the one before has been taken. */
  pack(entries: AsyncIterable<ZipEntry>): AsyncIterable<Uint8Array>;
}
