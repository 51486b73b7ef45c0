/** Bytes by the hash of their content. */
export interface ObjectStore {
  /** Where the bytes are; for people. */
  readonly place: string;
  /**
   * Keeps the bytes; the same content is kept once.
   *
   * @param limit - bytes at most
   * @param beforeKept - awaited when everything has come and the hash is known, before the object is there under it; when
   * it throws, nothing is kept
   * @throws RefusedError `exhausted` when the disk is full or more than `limit` bytes come; nothing is kept then
   */
  put(
    bytes: AsyncIterable<Uint8Array>,
    limit?: number,
    beforeKept?: (object: StoredObject) => Promise<void>,
  ): Promise<StoredObject>;
  /**
   * The bytes of an object, in the bin or not.
   *
   * @throws RefusedError `not-found`; an error after the last byte when they are not what was once kept
   */
  get(hash: string): AsyncIterable<Uint8Array>;
  /**
   * A stretch of an object: from a byte on, and none at or after `to`; less when the object ends before. What is read in
   * part is not checked against its hash.
   *
   * @throws RefusedError `not-found`
   */
  read(hash: string, from: number, to: number): AsyncIterable<Uint8Array>;
  /** Whether the object is there, the bin not counted. */
  has(hash: string): Promise<boolean>;
  delete(hash: string): Promise<void>;
  readonly bin: ObjectBin;
  /** Deletes what was begun before a time and never finished; answers how many. */
  removeUnfinished(before: number): Promise<number>;
}

/**
 * Where objects are between being found unused and being deleted: what turns out to be in use is taken back.
 *
 * Each time an object is put there it gets a place of its own, so that whoever empties one place takes nothing that
 * somebody else put there for the same content.
 */
export interface ObjectBin {
  /** Moves an object there; it can still be read. Undefined when there is none. */
  add(hash: string): Promise<BinnedObject | undefined>;
  /** Moves it back, unless it has been put again meanwhile; nothing happens when its place is empty. */
  restore(binned: BinnedObject): Promise<void>;
  /** Deletes what is in that place, and nothing else. */
  empty(binned: BinnedObject): Promise<void>;
  /** What is there, so much at most. */
  list(limit: number): Promise<readonly BinnedObject[]>;
}

export interface BinnedObject {
  readonly hash: string;
  /** Its place in the bin. */
  readonly place: string;
}

export interface StoredObject {
  /** SHA-256, hexadecimal. */
  readonly hash: string;
  readonly size: number;
}
