import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import { ownerOf, type SealedVersion } from "#core/secrets/secret.ts";

/** Who reads values, and when. */
export interface SecretReader {
  /** Unset for the server itself, such as a sync. */
  readonly taskId?: number;
  readonly now: number;
}

/** Unit of work: notes that versions of secrets, which are given by key, are read. */
export async function noteReads(
  tx: Tx,
  versions: ReadonlyMap<string, SealedVersion>,
  { taskId, now }: SecretReader,
): Promise<void> {
  const read = { lastReadAt: now, ...(taskId === undefined ? {} : { lastReadBy: taskId }) };
  const secrets = await tx.secrets.getMany([...versions.keys()]);
  // One that was deleted and made again is another secret.
  const same = [...secrets.values()].filter(({ key, id }) => versions.get(key)?.secretId === id);
  await tx.secrets.put(same.map(({ lastReadBy: _, ...secret }) => ({ ...secret, ...read })));
  await tx.secrets.putVersions(
    [...versions.values()].map(({ lastReadBy: _, ...version }) => ({ ...version, ...read })),
  );
}

/**
 * The value of a version.
 *
 * @throws RefusedError `conflict` when the record was changed behind the server's back
 */
export async function openVersion(
  { vault }: Pick<Ports, "vault">,
  key: string,
  version: SealedVersion,
): Promise<string> {
  try {
    if (!version.sealed) throw new Error("its value is not kept any more");
    return await vault.open(ownerOf(version), version.sealed);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new RefusedError("conflict", `the secret ${key} cannot be read: ${why}. Replace it.`);
  }
}

/** Unit of work: a secret that the server reads for itself; notes that it was read, by no task. */
async function takeSecret(
  tx: Tx,
  { key, now }: { readonly key: string; readonly now: number },
): Promise<SealedVersion | undefined> {
  const secret = (await tx.secrets.getMany([key])).get(key);
  if (!secret) return undefined;
  const [version] = await tx.secrets.versions([{ secretId: secret.id, version: secret.version }]);
  if (version) await noteReads(tx, new Map([[key, version]]), { now });
  return version;
}

/**
 * The value of a secret, for the server's own use, such as a sync; undefined when there is none.
 *
 * @throws RefusedError `conflict` when its record was changed
 */
export async function readSecret(
  { store, vault, clock }: Pick<Ports, "store" | "vault" | "clock">,
  key: string,
): Promise<string | undefined> {
  const version = await store.transact(takeSecret, { key, now: clock.now() });
  return version && openVersion({ vault }, key, version);
}
