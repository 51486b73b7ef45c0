import type { SecretVault } from "#core/ports/secret-vault.ts";
import { keysFromFile, parseMasterKeys } from "./master-keys.ts";
import { openValue, sealValue } from "./sealed-value.ts";

export interface FileSecretVaultOptions {
  /** Holds the master key when none is given; made at the first start. */
  readonly file: string;
  /** 32 bytes in base64 or hexadecimal; after a comma, older keys that still open what they sealed. */
  readonly masterKey?: string;
}

/**
 * Encrypts by AES-256-GCM: each value under a key of its own, which is kept with it, encrypted under the master key.
 *
 * @throws an error that says what is wrong with the master key
 */
export async function fileSecretVault({ file, masterKey }: FileSecretVaultOptions): Promise<SecretVault> {
  const keys = masterKey === undefined ? await keysFromFile(file) : parseMasterKeys(masterKey, "the master key");
  return {
    seal: async (owner, value) => sealValue(keys[0], owner, value),
    open: async (owner, sealed) => openValue(keys, owner, sealed),
  };
}
