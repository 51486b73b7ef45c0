/** Packs files into one tar stream. */
export interface Archiver {
  pack(files: AsyncIterable<PackedFile>): AsyncIterable<Uint8Array>;
}

export interface PackedFile {
  readonly path: string;
  readonly size: number;
  readonly content: AsyncIterable<Uint8Array>;
}
