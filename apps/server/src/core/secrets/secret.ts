import type { AttemptRef } from "#core/tasks/task.ts";

/** A secret without its value. */
export interface Secret {
  /** Never given again: a secret that is made later under the same key has another. */
  readonly id: string;
  readonly key: string;
  /** From 1, one more with every replacement. */
  readonly version: number;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly updatedAt: number;
  readonly updatedBy: string;
  readonly lastReadAt?: number;
  /** The task that read it last; unset when that was a source's sync. */
  readonly lastReadBy?: number;
}

/** One of the values that a secret has had, as it is remembered. */
export interface SecretVersion {
  readonly secretId: string;
  readonly version: number;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly lastReadAt?: number;
  readonly lastReadBy?: number;
  /** The master key under which the value is sealed; unset when the value is not kept any more. */
  readonly keyId?: string;
}

/** A version as the store keeps it. */
export interface SealedVersion extends SecretVersion {
  /** Encrypted by the vault; unset when the value is not kept any more. */
  readonly sealed?: Uint8Array;
}

/** A value of a secret that an attempt was given. */
export interface SecretRead {
  readonly ref: AttemptRef;
  readonly key: string;
  readonly secretId: string;
  readonly version: number;
}

/** What a sealed value is bound to: a value that is put in another's place does not open. */
export function ownerOf({ secretId, version }: Pick<SecretVersion, "secretId" | "version">): string {
  return `${secretId}/${version}`;
}
