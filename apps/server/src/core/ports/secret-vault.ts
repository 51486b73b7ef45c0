/** Encrypts secret values under master keys: each value under a key of its own, which is sealed under one of them. */
export interface SecretVault {
  /** Where master keys are looked for, as a part of a sentence. */
  readonly place: string;
  /** True when it can make and drop keys itself; otherwise whoever set it up does. */
  readonly keepsKeys: boolean;
  /** Ids of the master keys at hand, as they stand there; an id tells nothing of its key. */
  keys(): Promise<readonly string[]>;
  /** Makes a new master key, which seals nothing yet; answers its id. */
  makeKey(): Promise<string>;
  /** Destroys a master key: what is sealed under it is lost for ever. */
  dropKey(id: string): Promise<void>;

  /**
   * @param keyId - the master key, one of those at hand
   * @param owner - bound into the result: it opens for this owner only
   */
  seal(keyId: string, owner: string, value: string): Promise<Uint8Array>;
  /** @throws when the bytes were changed, belong to another owner, or were sealed under a key that is not at hand */
  open(owner: string, sealed: Uint8Array): Promise<string>;
  /** The same value sealed under another master key, without a look at the value. @throws as {@link open} */
  rewrap(keyId: string, owner: string, sealed: Uint8Array): Promise<Uint8Array>;
}
