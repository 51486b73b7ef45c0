/** What people may do, each role all of the one before it. */
export type PersonRole = "viewer" | "runner" | "editor" | "admin";

/** A worker may do a worker's part and nothing else; nobody else may. */
export type Role = PersonRole | "worker";

/** From the least to the most. */
export const personRoles: readonly PersonRole[] = ["viewer", "runner", "editor", "admin"];

/** Who makes a request. */
export interface Principal {
  /** `local`, a token's name, or a worker's id. */
  readonly name: string;
  readonly role: Role;
  /** Names of the only projects that it may see and use; unset means everything. */
  readonly projects?: readonly string[];
  /** The API token it comes with, or whose session it is. */
  readonly tokenId?: string;
  /** The session of a browser, where it is one. */
  readonly sessionId?: string;
  /** When token or session end, in milliseconds since 1970. */
  readonly expiresAt?: number;
  /** Which generation of a foreign dialect's clients the token is for. */
  readonly clientDialect?: string;
}

/** Whether a principal may do what needs a role. */
export function hasRole(principal: Pick<Principal, "role">, needed: Role): boolean {
  if (principal.role === "worker" || needed === "worker") return principal.role === needed;
  return personRoles.indexOf(principal.role) >= personRoles.indexOf(needed);
}
