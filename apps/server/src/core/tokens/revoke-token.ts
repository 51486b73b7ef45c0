import { RefusedError } from "#core/errors.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { Token } from "#core/tokens/token.ts";

interface Revocation {
  readonly id: string;
  readonly by: string;
  readonly now: number;
}

interface Revoked {
  readonly token: Token;
  readonly sessions: readonly Token[];
}

/** Unit of work: revokes a token and ends its sessions. */
async function revoke(tx: Tx, { id, by, now }: Revocation): Promise<Revoked> {
  const all = await tx.tokens.all();
  const old = all.find((token) => token.id === id && token.kind === "api");
  if (!old) throw new RefusedError("not-found", `there is no token ${id.slice(0, 80)}`, "id");
  const sessions = all.filter(({ parentId }) => parentId === id);
  const token = old.revokedAt === undefined ? { ...old, revokedAt: now, revokedBy: by } : old;
  await tx.tokens.put([token]);
  await tx.tokens.delete(sessions.map((session) => session.id));
  await tx.journal.append([{ kind: "token-changed", tokenId: id, at: now }]);
  return { token, sessions };
}

/**
 * Takes a token back, for good and at once; the sessions that were begun with it end too. Asking again changes nothing.
 *
 * @throws RefusedError `not-found`
 */
export async function revokeToken(
  { store, clock, tokens }: Pick<Ports, "store" | "clock" | "tokens">,
  { id, by }: { readonly id: string; readonly by: string },
): Promise<Token> {
  const { token, sessions } = await store.transact(revoke, { id, by, now: clock.now() });
  tokens.put([token]);
  tokens.forget(sessions);
  return token;
}
