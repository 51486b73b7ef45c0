/** A secret without its value. */
export interface Secret {
  readonly key: string;
  /** From 1, one more with every replacement. */
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly updatedBy: string;
  readonly lastReadAt?: number;
  /** The task that read it last; unset when that was a source's sync. */
  readonly lastReadBy?: number;
}

/** A secret as the store keeps it. */
export interface SealedSecret extends Secret {
  /** Encrypted by the vault; unreadable without its key. */
  readonly sealed: Uint8Array;
}
