/** Packs files into one tar stream. */
export interface Archiver {
  pack(files: AsyncIterable<PackedFile>): AsyncIterable<Uint8Array>;
  /** An archive with files added behind its own; of two with one path the later counts. */
  append(archive: AsyncIterable<Uint8Array>, files: AsyncIterable<PackedFile>): AsyncIterable<Uint8Array>;
}

export interface PackedFile {
  /** One that ends in `/` is a directory. */
  readonly path: string;
  readonly size: number;
  readonly content: AsyncIterable<Uint8Array>;
  /** Permissions; unset: 0755 for what begins with `#!`, else 0644. */
  readonly mode?: number;
}
