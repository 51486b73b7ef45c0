import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/store.ts";
import type { SealedSecret, Secret } from "#core/secrets/secret.ts";

const largestValue = 65_536;

export interface WriteSecret {
  readonly key: string;
  readonly value: string;
  readonly by: string;
}

/** @throws RefusedError `invalid` for a key that is not RFC 1123, as Kubernetes' secrets are named */
export function checkSecretKey(key: string): void {
  if (key === "") throw new RefusedError("invalid", "key: is empty; give the secret a name", "key");
  if (key.length > 253) {
    throw new RefusedError("invalid", `key: has ${key.length} characters, at most 253 are allowed`, "key");
  }
  if (!/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(key)) {
    throw new RefusedError(
      "invalid",
      `key: ${JSON.stringify(key.slice(0, 80))} may have lower case letters, digits, - and ., and must begin and end with a letter or digit`,
      "key",
    );
  }
}

function checkValue(value: string): void {
  if (value === "") throw new RefusedError("invalid", "value: is empty; a secret needs a value", "value");
  const size = new TextEncoder().encode(value).length;
  if (size > largestValue) {
    throw new RefusedError("invalid", `value: has ${size} bytes, at most ${largestValue} are kept`, "value");
  }
  // Values become environment variables, which end at a NUL.
  if (value.includes("\0")) throw new RefusedError("invalid", "value: contains a NUL character; remove it", "value");
}

interface PutSecret {
  readonly key: string;
  readonly sealed: Uint8Array;
  readonly by: string;
  readonly now: number;
}

async function write(tx: Tx, secret: SealedSecret): Promise<Secret> {
  await tx.secrets.put([secret]);
  const { key, updatedBy, updatedAt } = secret;
  await tx.journal.append([{ kind: "secret-changed", key, by: updatedBy, at: updatedAt }]);
  const { sealed: _, ...shown } = secret;
  return shown;
}

async function insertSecret(tx: Tx, { key, sealed, by, now }: PutSecret): Promise<Secret> {
  if ((await tx.secrets.getMany([key])).has(key)) {
    throw new RefusedError(
      "already-exists",
      `key: there is a secret ${key} already; replace it, or choose another name`,
      "key",
    );
  }
  return write(tx, { key, sealed, version: 1, createdAt: now, updatedAt: now, updatedBy: by });
}

async function updateSecret(tx: Tx, { key, sealed, by, now }: PutSecret): Promise<Secret> {
  const old = await knownSecret(tx, key);
  return write(tx, { ...old, sealed, version: old.version + 1, updatedAt: now, updatedBy: by });
}

async function knownSecret(tx: Tx, key: string): Promise<SealedSecret> {
  const secret = (await tx.secrets.getMany([key])).get(key);
  if (!secret) throw new RefusedError("not-found", `there is no secret ${key}`, "key");
  return secret;
}

async function removeSecret(
  tx: Tx,
  { key, by, now }: { readonly key: string; readonly by: string; readonly now: number },
): Promise<void> {
  await knownSecret(tx, key);
  await tx.secrets.delete([key]);
  await tx.journal.append([{ kind: "secret-deleted", key, by, at: now }]);
}

/** @throws RefusedError `invalid`; `already-exists` for a key that is taken */
export async function createSecret(
  { store, vault, clock }: Pick<Ports, "store" | "vault" | "clock">,
  { key, value, by }: WriteSecret,
): Promise<Secret> {
  checkSecretKey(key);
  checkValue(value);
  return store.transact(insertSecret, { key, sealed: await vault.seal(key, value), by, now: clock.now() });
}

/**
 * Stores a new version; attempts that start from now on get it.
 *
 * @throws RefusedError `invalid`; `not-found`
 */
export async function replaceSecret(
  { store, vault, clock }: Pick<Ports, "store" | "vault" | "clock">,
  { key, value, by }: WriteSecret,
): Promise<Secret> {
  checkSecretKey(key);
  checkValue(value);
  return store.transact(updateSecret, { key, sealed: await vault.seal(key, value), by, now: clock.now() });
}

/** @throws RefusedError `not-found` */
export function deleteSecret(
  { store, clock }: Pick<Ports, "store" | "clock">,
  { key, by }: { readonly key: string; readonly by: string },
): Promise<void> {
  checkSecretKey(key);
  return store.transact(removeSecret, { key, by, now: clock.now() });
}

/** Unit of work: a secret that the server reads for itself; notes that it was read, by no task. */
async function takeSecret(
  tx: Tx,
  { key, now }: { readonly key: string; readonly now: number },
): Promise<SealedSecret | undefined> {
  const secret = (await tx.secrets.getMany([key])).get(key);
  if (!secret) return undefined;
  const { lastReadBy: _, ...rest } = secret;
  await tx.secrets.put([{ ...rest, lastReadAt: now }]);
  return secret;
}

/** The value of a secret, for the server's own use, such as a sync; undefined when there is none. */
export async function readSecret(
  { store, vault, clock }: Pick<Ports, "store" | "vault" | "clock">,
  key: string,
): Promise<string | undefined> {
  const secret = await store.transact(takeSecret, { key, now: clock.now() });
  return secret && (await vault.open(key, secret.sealed));
}
