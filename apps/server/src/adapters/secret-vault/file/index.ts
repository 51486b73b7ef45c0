import { RefusedError } from "#core/errors.ts";
import type { SecretVault } from "#core/ports/secret-vault.ts";
import { keyFile } from "./key-file.ts";
import { givenKeys, type KeySource, mountedKeys } from "./key-source.ts";
import type { MasterKey } from "./master-key.ts";
import { keyIdOf, openValue, rewrapValue, sealValue } from "./sealed-value.ts";

export interface FileSecretVaultOptions {
  /** Holds the master keys when none are given. */
  readonly file: string;
  /** Each 32 bytes in base64 or hexadecimal, separated by commas or white space. */
  readonly masterKey?: string;
  /** Holds them instead, written by somebody else. */
  readonly masterKeyFile?: string;
}

/**
 * Encrypts by AES-256-GCM: each value under a key of its own, which is kept with it, encrypted under a master key.
 *
 * @throws RefusedError `invalid` that says what is wrong with the master keys
 */
export async function fileSecretVault({
  file,
  masterKey,
  masterKeyFile,
}: FileSecretVaultOptions): Promise<SecretVault> {
  const source = sourceOf(file, masterKeyFile, masterKey);
  const ring = new Ring(source, await source.read());
  return {
    place: source.place,
    keepsKeys: source.keepsKeys,
    keys: async () => (await ring.refresh()).map(({ id }) => id),
    makeKey: async () => {
      const { id } = await source.make();
      await ring.refresh();
      return id;
    },
    dropKey: async (id) => {
      await source.drop(id);
      await ring.refresh();
    },
    seal: async (keyId, owner, value) => sealValue(await ring.find(keyId), owner, value),
    open: async (owner, sealed) => openValue(await ring.keysFor(sealed), owner, sealed),
    rewrap: async (keyId, owner, sealed) =>
      rewrapValue(await ring.keysFor(sealed), await ring.find(keyId), owner, sealed),
  };
}

function sourceOf(file: string, mounted: string | undefined, given: string | undefined): KeySource {
  if (mounted !== undefined) return mountedKeys(mounted);
  return given === undefined ? keyFile(file) : givenKeys(given);
}

/** The keys at hand, read again when one is asked for that was not there before. */
class Ring {
  readonly #source: KeySource;
  #keys: readonly MasterKey[];

  constructor(source: KeySource, keys: readonly MasterKey[]) {
    this.#source = source;
    this.#keys = keys;
  }

  async refresh(): Promise<readonly MasterKey[]> {
    this.#keys = await this.#source.read();
    return this.#keys;
  }

  /** @throws RefusedError `unavailable` when it is not at hand */
  async find(id: string): Promise<MasterKey> {
    const byId = (keys: readonly MasterKey[]) => keys.find((key) => key.id === id);
    const found = byId(this.#keys) ?? byId(await this.refresh());
    if (found) return found;
    throw new RefusedError("unavailable", `the master key ${id} is not at hand in ${this.#source.place}`);
  }

  /** The keys at hand; that of a sealed value is among them if there is a way. */
  async keysFor(sealed: Uint8Array): Promise<readonly MasterKey[]> {
    const id = keyIdOf(sealed);
    return this.#keys.some((key) => key.id === id) ? this.#keys : this.refresh();
  }
}
