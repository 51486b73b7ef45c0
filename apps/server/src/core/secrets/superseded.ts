import type { Tx } from "#core/ports/tx.ts";
import type { SecretVersion } from "#core/secrets/secret.ts";

/**
 * Unit of work: drops the values of versions that are not current any more and that no attempt which still runs was
 * given. What is known of them stays as long as the secret does.
 *
 * An attempt that was given a value gets the same one whenever its worker asks again, for what it prints is masked by it.
 *
 * @returns how many values were dropped
 */
export async function dropSuperseded(tx: Tx, limit: number): Promise<number> {
  const unneeded = await tx.secrets.unneededVersions(limit);
  await tx.secrets.deleteVersions(unneeded.filter(({ deleted }) => deleted).map(({ version }) => version));
  await tx.secrets.putVersions(unneeded.filter(({ deleted }) => !deleted).map(({ version }) => withoutValue(version)));
  return unneeded.length;
}

function withoutValue({ keyId: _, ...version }: SecretVersion): SecretVersion {
  return version;
}

/** Unit of work: forgets what attempts that have ended were given. @returns how many entries were forgotten */
export async function forgetReads(tx: Tx, limit: number): Promise<number> {
  const refs = await tx.secrets.endedReaders(limit);
  await tx.secrets.deleteReads(refs);
  return refs.length;
}
