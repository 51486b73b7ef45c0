import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import { ownerOf, type SealedVersion, type SecretVersion } from "#core/secrets/secret.ts";

const setting = "master-keys";

/** Values that one step of a rotation seals anew. */
const batch = 100;

/** Which master key seals new values, as it is written in the store. */
export interface CurrentKey {
  readonly id: string;
  readonly since: number;
  readonly by: string;
  /** Ids of those that were current before, oldest first. */
  readonly former: readonly string[];
}

/** A master key that is at hand or under which something is sealed. */
export interface KeyState {
  readonly id: string;
  readonly current: boolean;
  readonly former: boolean;
  readonly atHand: boolean;
  /** Values that are sealed under it. */
  readonly values: number;
}

/** All master keys, and how far a rotation has come. */
export interface KeyRing {
  /** The current one first, then by id. */
  readonly keys: readonly KeyState[];
  readonly current: CurrentKey;
  /** Values that are sealed under other keys than the current one: the rotation is under way. */
  readonly left: number;
  /** Where keys are looked for. */
  readonly place: string;
  /** The server makes and drops keys itself. */
  readonly keepsKeys: boolean;
}

/**
 * Unit of work: the key under which new values are sealed. A unit that writes a sealed value asks again: once another
 * key is current, nothing more is sealed under the old one.
 */
export async function currentKey(tx: Tx): Promise<CurrentKey> {
  const current = await notedKey(tx);
  if (!current) throw new Error("the server was not told which master key is current");
  return current;
}

async function notedKey(tx: Tx): Promise<CurrentKey | undefined> {
  const text = await tx.settings.get(setting);
  return text === undefined ? undefined : (JSON.parse(text) as CurrentKey);
}

async function putCurrent(tx: Tx, current: CurrentKey): Promise<void> {
  await tx.settings.put(setting, JSON.stringify(current));
  await tx.journal.append([{ kind: "key-ring-changed", by: current.by, at: current.since }]);
}

interface Uses {
  readonly current: CurrentKey | undefined;
  readonly values: ReadonlyMap<string, number>;
}

/** Unit of work: which keys are in use. */
async function readUses(tx: Tx): Promise<Uses> {
  return { current: await notedKey(tx), values: await tx.secrets.keyUses() };
}

/** Unit of work: another key is current from now on, if it still is not and nothing is left under a third one. */
async function changeCurrent(
  tx: Tx,
  { id, from, by, now }: { readonly id: string; readonly from: string; readonly by: string; readonly now: number },
): Promise<void> {
  const { current, values } = await readUses(tx);
  if (current?.id !== from || leftUnderOthers(values, from) > 0) refuseRotation();
  const former = [...current.former.filter((each) => each !== id), from];
  await putCurrent(tx, { id, since: now, by, former });
}

function leftUnderOthers(values: ReadonlyMap<string, number>, id: string): number {
  return [...values].reduce((sum, [key, count]) => sum + (key === id ? 0 : count), 0);
}

function refuseRotation(): never {
  throw new RefusedError(
    "conflict",
    "a rotation of the master key is under way; wait until nothing is left to do. If that does not end, replace or " +
      "delete the secrets that the server's log names",
  );
}

/** Unit of work: the first key of a server that has none, or whose key has nothing sealed under it and is gone. */
async function adoptKey(tx: Tx, { id, now }: { readonly id: string; readonly now: number }): Promise<void> {
  await putCurrent(tx, { id, since: now, by: "the server's start", former: [] });
}

/**
 * Sees to it that every key that is needed is at hand, and that there is a current one: the first of those at hand,
 * unless one was current before. For the start of a server.
 *
 * @throws RefusedError `unavailable` naming the keys that are needed and where they were looked for
 */
export async function openKeyRing({ store, vault, clock }: Pick<Ports, "store" | "vault" | "clock">): Promise<void> {
  const { current, values } = await store.transact(readUses, undefined);
  const atHand = await vault.keys();
  const missing = [...values.keys()].filter((id) => !atHand.includes(id));
  if (missing.length > 0) throw keysMissing(missing, values, vault.place);
  if (current && atHand.includes(current.id)) return;
  const id = atHand[0] ?? (await vault.makeKey());
  await store.transact(adoptKey, { id, now: clock.now() });
}

function keysMissing(ids: readonly string[], values: ReadonlyMap<string, number>, place: string): RefusedError {
  const told = ids.map((id) => `${id} (${values.get(id)} ${values.get(id) === 1 ? "value" : "values"})`).join(", ");
  const [noun, pronoun] = ids.length === 1 ? ["key", "it"] : ["keys", "them"];
  return new RefusedError(
    "unavailable",
    `Secrets of this server are sealed under the master ${noun} ${told}, and ${place} does not have ${pronoun}. ` +
      `Add ${pronoun} there and start again; several keys are separated by commas or line ends. ` +
      "Without it those secrets cannot be read by anybody.",
  );
}

/** All master keys, and how far a rotation has come. */
export async function getKeyRing({ store, vault }: Pick<Ports, "store" | "vault">): Promise<KeyRing> {
  const atHand = await vault.keys();
  const { current, values } = await store.transact(readUses, undefined);
  if (!current) throw new Error("the server was not told which master key is current");
  const others = [...new Set([...atHand, ...values.keys()])].filter((id) => id !== current.id).sort();
  const keys = [current.id, ...others].map((id) => ({
    id,
    current: id === current.id,
    former: current.former.includes(id),
    atHand: atHand.includes(id),
    values: values.get(id) ?? 0,
  }));
  return { keys, current, left: leftUnderOthers(values, current.id), place: vault.place, keepsKeys: vault.keepsKeys };
}

/**
 * Makes another master key current: the one that is named, else one that is at hand and never was current, else a new
 * one. Values that are sealed under the old key are sealed anew by {@link rewrapValues}; meanwhile both keys open.
 *
 * @throws RefusedError `not-found` for a key that is not at hand; `conflict` while a rotation is under way, or when there
 * is no other key and the server makes none itself
 */
export async function rotateMasterKey(
  ports: Pick<Ports, "store" | "vault" | "clock">,
  { keyId, by }: { readonly keyId?: string; readonly by: string },
): Promise<KeyRing> {
  const { store, vault, clock } = ports;
  const ring = await getKeyRing(ports);
  if (ring.left > 0) refuseRotation();
  const id = await nextKey(ring, vault, keyId);
  await store.transact(changeCurrent, { id, from: ring.current.id, by, now: clock.now() });
  return getKeyRing(ports);
}

async function nextKey(
  { keys, place, keepsKeys }: KeyRing,
  vault: Ports["vault"],
  asked: string | undefined,
): Promise<string> {
  if (asked !== undefined) {
    const key = keys.find(({ id }) => id === asked);
    if (key?.current)
      throw new RefusedError("conflict", `key_id: ${asked} is the current master key already`, "key_id");
    if (key?.atHand) return asked;
    throw new RefusedError("not-found", `key_id: there is no master key ${asked} in ${place}`, "key_id");
  }
  const unused = keys.find((key) => key.atHand && !key.current && !key.former);
  if (unused) return unused.id;
  if (keepsKeys) return vault.makeKey();
  throw new RefusedError(
    "conflict",
    `there is no new master key: add one to ${place}, beside those that are there (openssl rand -base64 32), ` +
      "start the server again if they are not in a file, and ask again",
  );
}

/**
 * Destroys a master key that the server keeps, once nothing is sealed under it.
 *
 * @throws RefusedError `not-found` for a key that is not there; `conflict` for the current one, for one under which
 * something is sealed, and for keys that others keep
 */
export async function dropMasterKey(
  ports: Pick<Ports, "store" | "vault" | "clock">,
  { keyId, by }: { readonly keyId: string; readonly by: string },
): Promise<KeyRing> {
  const { store, vault, clock } = ports;
  const { keys, place } = await getKeyRing(ports);
  const key = keys.find(({ id }) => id === keyId);
  if (!key?.atHand) {
    throw new RefusedError("not-found", `key_id: there is no master key ${keyId} in ${place}`, "key_id");
  }
  if (key.current) {
    throw new RefusedError("conflict", `key_id: ${keyId} is the current master key; rotate to another first`, "key_id");
  }
  if (key.values > 0) {
    throw new RefusedError(
      "conflict",
      `key_id: ${key.values} ${key.values === 1 ? "value is" : "values are"} sealed under ${keyId}; wait until the rotation is over`,
      "key_id",
    );
  }
  await vault.dropKey(keyId);
  await store.transact(tellKeyRing, { by, now: clock.now() });
  return getKeyRing(ports);
}

/** Unit of work: tells that keys have come or gone. */
async function tellKeyRing(tx: Tx, { by, now }: { readonly by: string; readonly now: number }): Promise<void> {
  await tx.journal.append([{ kind: "key-ring-changed", by, at: now }]);
}

/** Unit of work: some values that are sealed under other keys than the current one. */
async function takeOthers(tx: Tx, after: SecretVersion | undefined) {
  const current = await currentKey(tx);
  return { current, versions: await tx.secrets.sealedUnderOthers(current.id, batch, after) };
}

interface Rewrapped {
  /** The key under which it was sealed before. */
  readonly from: string;
  readonly version: SealedVersion;
}

/** Unit of work: puts values that were sealed anew in the place of those they were made from, if these are still there. */
async function putRewrapped(
  tx: Tx,
  { rewrapped, by, now }: { readonly rewrapped: readonly Rewrapped[]; readonly by: string; readonly now: number },
): Promise<void> {
  const kept = new Map(
    (await tx.secrets.versions(rewrapped.map(({ version }) => version))).map((version) => [ownerOf(version), version]),
  );
  await tx.secrets.putVersions(
    rewrapped.flatMap(({ from, version: { keyId, sealed, ...version } }) => {
      const old = kept.get(ownerOf(version));
      return old?.keyId === from && keyId && sealed ? [{ ...old, keyId, sealed }] : [];
    }),
  );
  await tx.journal.append([{ kind: "key-ring-changed", by, at: now }]);
}

/** What one step of a rotation did. */
export interface RewrapStep {
  /** Where the next step goes on; unset when there is nothing after this one. */
  readonly next: SecretVersion | undefined;
  /** Values that cannot be opened, as their record was changed. */
  readonly broken: readonly SecretVersion[];
}

/**
 * One step of a rotation: seals some of the values that are still under other keys anew. What is left is what the store
 * says, so a step that was cut off is simply made again.
 *
 * @param after - where the step before stopped
 */
export async function rewrapValues(
  { store, vault, clock }: Pick<Ports, "store" | "vault" | "clock">,
  after?: SecretVersion,
): Promise<RewrapStep> {
  const { current, versions } = await store.transact(takeOthers, after);
  const rewrapped: Rewrapped[] = [];
  const broken: SecretVersion[] = [];
  for (const { sealed, ...version } of versions) {
    if (!sealed || version.keyId === undefined) continue;
    const anew = await vault.rewrap(current.id, ownerOf(version), sealed).catch(notRefused);
    if (anew) rewrapped.push({ from: version.keyId, version: { ...version, keyId: current.id, sealed: anew } });
    else broken.push(version);
  }
  if (rewrapped.length > 0) await store.transact(putRewrapped, { rewrapped, by: current.by, now: clock.now() });
  return { next: versions.length < batch ? undefined : versions.at(-1), broken };
}

/** A record that does not open is told; a key that is not at hand stops the rotation. */
function notRefused(error: unknown): undefined {
  if (error instanceof RefusedError) throw error;
}
