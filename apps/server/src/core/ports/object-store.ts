/** Bytes by the hash of their content. */
export interface ObjectStore {
  /**
   * Keeps the bytes; the same content is kept once.
   *
   * @throws RefusedError `exhausted` when the disk is full or more than `limit` bytes come; nothing is kept then
   */
  put(bytes: AsyncIterable<Uint8Array>, limit?: number): Promise<StoredObject>;
  /** @throws RefusedError `not-found` */
  get(hash: string): AsyncIterable<Uint8Array>;
  has(hash: string): Promise<boolean>;
  delete(hash: string): Promise<void>;
}

export interface StoredObject {
  /** SHA-256, hexadecimal. */
  readonly hash: string;
  readonly size: number;
}
