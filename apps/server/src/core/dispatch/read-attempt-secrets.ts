import { type OwnAttempt, ownAttempt } from "#core/dispatch/own-attempt.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/store.ts";
import type { SealedSecret } from "#core/secrets/secret.ts";
import type { SecretReference } from "#core/tasks/injection.ts";

export interface AttemptSecrets {
  readonly values: readonly (SecretReference & { readonly value: string })[];
  /** Keys that do not exist. */
  readonly missing: readonly string[];
}

/** Unit of work: the sealed secrets an attempt asks for; notes who read them. */
export async function takeAttemptSecrets(
  tx: Tx,
  { now, ...ask }: OwnAttempt & { readonly now: number },
): Promise<{ readonly references: readonly SecretReference[]; readonly secrets: ReadonlyMap<string, SealedSecret> }> {
  const { spec } = await ownAttempt(tx, ask);
  const secrets = await tx.secrets.getMany(spec.secrets.map(({ key }) => key));
  await tx.secrets.put(
    [...secrets.values()].map((secret) => ({ ...secret, lastReadAt: now, lastReadBy: ask.ref.taskId })),
  );
  return { references: spec.secrets, secrets };
}

/**
 * The values of the secrets that an attempt asks for.
 *
 * @throws RefusedError `conflict` when the attempt is not (any more) the worker's
 */
export async function readAttemptSecrets(
  { store, vault, clock }: Pick<Ports, "store" | "vault" | "clock">,
  ask: OwnAttempt,
): Promise<AttemptSecrets> {
  const { references, secrets } = await store.transact(takeAttemptSecrets, { ...ask, now: clock.now() });
  const values = await Promise.all(
    references.flatMap((reference) => {
      const secret = secrets.get(reference.key);
      return secret ? [vault.open(secret.key, secret.sealed).then((value) => ({ ...reference, value }))] : [];
    }),
  );
  const missing = references.map(({ key }) => key).filter((key) => !secrets.has(key));
  return { values, missing: [...new Set(missing)] };
}
