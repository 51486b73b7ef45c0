import { RefusedError } from "#core/errors.ts";
import { newId } from "#core/ids.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import { checkSecretKey, checkSecretValue } from "#core/secrets/check-secret.ts";
import { currentKey } from "#core/secrets/key-ring.ts";
import { ownerOf, type SealedVersion, type Secret } from "#core/secrets/secret.ts";
import { dropSuperseded } from "#core/secrets/superseded.ts";

const mostSecrets = 10_000;
/** Versions that are remembered. */
const rememberedVersions = 100;
/** Somebody else was faster this often: something is wrong. */
const mostTries = 20;
const idLength = 12;

export interface WriteSecret {
  readonly key: string;
  readonly value: string;
  readonly by: string;
}

type WritePorts = Pick<Ports, "store" | "vault" | "clock" | "random">;

/** Unit of work: the present secret of a key, and the master key for a new value. */
async function readForWrite(tx: Tx, key: string) {
  return { secret: (await tx.secrets.getMany([key])).get(key), keyId: (await currentKey(tx)).id };
}

interface PutSecret {
  readonly secret: Secret;
  readonly keyId: string;
  readonly sealed: Uint8Array;
}

/** Unit of work: inserts a secret; undefined when another master key is current by now. */
async function insertSecret(tx: Tx, put: PutSecret): Promise<Secret | undefined> {
  if ((await currentKey(tx)).id !== put.keyId) return undefined;
  const { key } = put.secret;
  if ((await tx.secrets.getMany([key])).has(key)) throw keyTaken(key);
  if ((await tx.secrets.count()) >= mostSecrets) {
    throw new RefusedError("exhausted", `there are ${mostSecrets} secrets, the most there may be; delete some`);
  }
  return write(tx, put);
}

/** Unit of work: the next version of a secret; undefined when that, or the current master key, is another by now. */
async function updateSecret(tx: Tx, put: PutSecret): Promise<Secret | undefined> {
  const { secret: old, keyId } = await readForWrite(tx, put.secret.key);
  const isNext = old?.id === put.secret.id && old.version === put.secret.version - 1;
  if (!isNext || keyId !== put.keyId) return undefined;
  const written = await write(tx, put);
  await tx.secrets.deleteVersions([{ secretId: old.id, version: written.version - rememberedVersions }]);
  await dropSuperseded(tx, 100);
  return written;
}

async function write(tx: Tx, { secret, keyId, sealed }: PutSecret): Promise<Secret> {
  const { id: secretId, key, version, updatedAt: createdAt, updatedBy: createdBy } = secret;
  await tx.secrets.put([secret]);
  await tx.secrets.putVersions([{ secretId, version, createdAt, createdBy, keyId, sealed }]);
  await tx.journal.append([{ kind: "secret-changed", key, by: createdBy, at: createdAt }]);
  return secret;
}

function keyTaken(key: string): RefusedError {
  return new RefusedError(
    "already-exists",
    `key: there is a secret ${key} already; replace it, or choose another name`,
    "key",
  );
}

function noSecret(key: string): RefusedError {
  return new RefusedError("not-found", `there is no secret ${key}`, "key");
}

/** Unit of work: deletes a secret; values that attempts which still run were given go with the last of these. */
async function removeSecret(
  tx: Tx,
  { key, by, now }: { readonly key: string; readonly by: string; readonly now: number },
): Promise<void> {
  const secret = (await tx.secrets.getMany([key])).get(key);
  if (!secret) throw noSecret(key);
  await tx.secrets.delete([key]);
  const known = await tx.secrets.versionsOf(secret.id);
  await tx.secrets.deleteVersions(known.filter(({ keyId }) => keyId === undefined));
  await dropSuperseded(tx, 100);
  await tx.journal.append([{ kind: "secret-deleted", key, by, at: now }]);
}

/**
 * A value is sealed outside of units of work and bound to its version: it is sealed anew when somebody else replaced
 * the secret, or the master key, meanwhile.
 */
async function sealAndPut(
  { store, vault }: WritePorts,
  { key, value }: WriteSecret,
  next: (old: Secret | undefined) => Secret,
  unit: (tx: Tx, put: PutSecret) => Promise<Secret | undefined>,
): Promise<Secret> {
  for (let tries = 0; tries < mostTries; tries++) {
    const { secret: old, keyId } = await store.transact(readForWrite, key);
    const secret = next(old);
    const owner = ownerOf({ secretId: secret.id, version: secret.version });
    const sealed = await vault.seal(keyId, owner, value);
    const written = await store.transact(unit, { secret, keyId, sealed });
    if (written) return written;
  }
  throw new RefusedError("conflict", `the secret ${key} is being replaced by somebody else all the time; try again`);
}

/** @throws RefusedError `invalid`; `already-exists` for a key that is taken; `exhausted` when there are too many */
export async function createSecret(ports: WritePorts, ask: WriteSecret): Promise<Secret> {
  const { key, value, by } = ask;
  checkSecretKey(key);
  checkSecretValue(value);
  const now = ports.clock.now();
  const id = newId(ports.random, "", idLength);
  const first: Secret = { id, key, version: 1, createdAt: now, createdBy: by, updatedAt: now, updatedBy: by };
  const next = (old: Secret | undefined): Secret => {
    if (old) throw keyTaken(key);
    return first;
  };
  return sealAndPut(ports, ask, next, insertSecret);
}

/**
 * Stores a new version; attempts that start from now on get it, those that have read the one before keep that.
 *
 * @throws RefusedError `invalid`; `not-found`
 */
export async function replaceSecret(ports: WritePorts, ask: WriteSecret): Promise<Secret> {
  const { key, value, by } = ask;
  checkSecretKey(key);
  checkSecretValue(value);
  const now = ports.clock.now();
  const next = (old: Secret | undefined): Secret => {
    if (!old) throw noSecret(key);
    return { ...old, version: old.version + 1, updatedAt: now, updatedBy: by };
  };
  return sealAndPut(ports, ask, next, updateSecret);
}

/** @throws RefusedError `not-found` */
export function deleteSecret(
  { store, clock }: Pick<Ports, "store" | "clock">,
  { key, by }: { readonly key: string; readonly by: string },
): Promise<void> {
  checkSecretKey(key);
  return store.transact(removeSecret, { key, by, now: clock.now() });
}

/** What is remembered of one secret. */
export interface SecretHistory {
  readonly secret: Secret;
  /** Newest first. */
  readonly versions: readonly SealedVersion[];
}

/** Unit of work. */
async function readHistory(tx: Tx, key: string): Promise<SecretHistory> {
  const secret = (await tx.secrets.getMany([key])).get(key);
  if (!secret) throw noSecret(key);
  const versions = await tx.secrets.versionsOf(secret.id);
  return { secret, versions: [...versions].sort((a, b) => b.version - a.version) };
}

/** The versions of a secret, as far as they are remembered. @throws RefusedError `not-found` */
export function getSecretHistory({ store }: Pick<Ports, "store">, key: string): Promise<SecretHistory> {
  checkSecretKey(key);
  return store.transact(readHistory, key);
}
