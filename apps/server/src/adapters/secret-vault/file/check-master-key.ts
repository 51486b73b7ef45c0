import type { SecretVault } from "#core/ports/secret-vault.ts";

const setting = "master-key-check";
const owner = "\0master-key-check";
const known = "this value was sealed under the master key";

/** Where the check is kept between starts. */
export interface Settings {
  get(name: string): Promise<string | undefined>;
  put(name: string, value: string): Promise<void>;
}

/**
 * Sees to it that the vault's master key is the one under which the secrets of this store were sealed; the first start
 * notes which one that is.
 *
 * @throws an error for people who start the server, when it is another key
 */
export async function checkMasterKey(vault: SecretVault, settings: Settings): Promise<void> {
  const noted = await settings.get(setting);
  if (noted === undefined) {
    await settings.put(setting, Buffer.from(await vault.seal(owner, known)).toString("base64"));
    return;
  }
  if (!(await opens(vault, noted))) {
    throw new Error(
      "The master key is not the one under which the secrets of this data folder were sealed. Start with that key " +
        "(TRIBUTARY_MASTER_KEY, or the key file in the data folder), or give it after the new one: new key, comma, old key.",
    );
  }
}

async function opens(vault: SecretVault, noted: string): Promise<boolean> {
  try {
    return (await vault.open(owner, Buffer.from(noted, "base64"))) === known;
  } catch {
    return false;
  }
}
