import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { Token } from "#core/tokens/token.ts";

/** An API token and how many browsers are logged in with it. */
export interface ListedToken {
  readonly token: Token;
  readonly sessions: number;
}

/** All API tokens, newest first; they are few. */
export async function listTokens({ store, clock }: Pick<Ports, "store" | "clock">): Promise<readonly ListedToken[]> {
  const all = await store.transact((tx: Tx) => tx.tokens.all(), undefined);
  const now = clock.now();
  const open = all.filter(({ kind, expiresAt }) => kind === "session" && (expiresAt ?? 0) > now);
  return all
    .filter(({ kind }) => kind === "api")
    .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))
    .map((token) => ({ token, sessions: open.filter(({ parentId }) => parentId === token.id).length }));
}
