/** Encrypts secret values under the master key. */
export interface SecretVault {
  /** @param owner - bound into the result: it opens for this owner only */
  seal(owner: string, value: string): Promise<Uint8Array>;
  /** @throws when the bytes were changed, belong to another owner, or were sealed under a key that is not at hand */
  open(owner: string, sealed: Uint8Array): Promise<string>;
}
