import type { Role } from "#core/principal.ts";

/** `api` is sent by programs with every call; a `session` is a browser's, made from an API token at login. */
export type TokenKind = "api" | "session";

/** Clients of other generations that a token can be for. */
export const clientDialects: readonly string[] = ["scitq"];

/** A token as it is kept: whoever reads the store cannot use it. Times are milliseconds since 1970. */
export interface Token {
  readonly id: string;
  readonly kind: TokenKind;
  /** SHA-256 of the token's text, hexadecimal. */
  readonly hash: string;
  /** Of the API token, for its sessions too; what its bearer is called. */
  readonly name: string;
  readonly role: Role;
  /** Names of the only projects it is for; unset means all. */
  readonly projects?: readonly string[];
  readonly clientDialect?: string;
  /** Of the role `worker`: the name of the only worker that it is for; unset means any. */
  readonly workerName?: string;
  /** Of the role `worker`: how many workers may use it; unset for those made before this was kept, which many may. */
  readonly workers?: "one" | "many";
  /** Where it is for one: the worker that has registered with it. */
  readonly workerId?: string;
  /** The API token of a session. */
  readonly parentId?: string;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly expiresAt?: number;
  /** To within some minutes. */
  readonly lastUsedAt?: number;
  readonly revokedAt?: number;
  readonly revokedBy?: string;
}

export function isUsable({ revokedAt, expiresAt }: Token, now: number): boolean {
  return revokedAt === undefined && (expiresAt === undefined || now < expiresAt);
}
