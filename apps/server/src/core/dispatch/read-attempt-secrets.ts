import { type OwnAttempt, ownAttempt } from "#core/dispatch/own-attempt.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import { noteReads, openVersion } from "#core/secrets/read-secret.ts";
import { ownerOf, type SealedVersion, type SecretRead } from "#core/secrets/secret.ts";
import type { SecretReference } from "#core/tasks/injection.ts";

export interface AttemptSecrets {
  readonly values: readonly (SecretReference & { readonly value: string })[];
  /** Keys that do not exist. */
  readonly missing: readonly string[];
}

interface Taken {
  readonly references: readonly SecretReference[];
  /** By key. */
  readonly versions: ReadonlyMap<string, SealedVersion>;
}

/**
 * Unit of work: the sealed secrets an attempt asks for; notes who read them. An attempt that asks again is given the
 * versions that it was given first, also when they were replaced or deleted meanwhile.
 */
export async function takeAttemptSecrets(
  tx: Tx,
  { now, ...ask }: OwnAttempt & { readonly now: number },
): Promise<Taken> {
  const { ref } = ask;
  const { spec } = await ownAttempt(tx, ask);
  const keys = [...new Set(spec.secrets.map(({ key }) => key))];
  const given = new Map((await tx.secrets.readsOf(ref)).map((read) => [read.key, read]));
  const present = await tx.secrets.getMany(keys.filter((key) => !given.has(key)));
  const first = [...present.values()].map(({ key, id, version }): SecretRead => ({ ref, key, secretId: id, version }));
  const reads = [...given.values(), ...first];
  const kept = await tx.secrets.versions(reads);
  const byOwner = new Map(kept.map((version) => [ownerOf(version), version]));
  const versions = new Map(
    reads.flatMap((read) => {
      const version = byOwner.get(ownerOf(read));
      return version?.sealed ? [[read.key, version] as const] : [];
    }),
  );
  await tx.secrets.putReads(first);
  await noteReads(tx, versions, { taskId: ref.taskId, now });
  return { references: spec.secrets, versions };
}

/**
 * The values of the secrets that an attempt asks for.
 *
 * @throws RefusedError `conflict` when the attempt is not (any more) the worker's, or a secret's record was changed
 */
export async function readAttemptSecrets(
  { store, vault, clock }: Pick<Ports, "store" | "vault" | "clock">,
  ask: OwnAttempt,
): Promise<AttemptSecrets> {
  const { references, versions } = await store.transact(takeAttemptSecrets, { ...ask, now: clock.now() });
  const values = await Promise.all(
    references.flatMap((reference) => {
      const version = versions.get(reference.key);
      if (!version) return [];
      return [openVersion({ vault }, reference.key, version).then((value) => ({ ...reference, value }))];
    }),
  );
  const missing = references.map(({ key }) => key).filter((key) => !versions.has(key));
  return { values, missing: [...new Set(missing)] };
}
