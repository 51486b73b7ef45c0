import { newId } from "#core/ids.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { Token } from "#core/tokens/token.ts";
import { newTokenText } from "#core/tokens/token-text.ts";

/** How long a browser stays logged in, in milliseconds. */
const longestSession = 7 * 24 * 3_600_000;

/** What a browser is given at login. */
export interface NewSession {
  readonly session: Token;
  /** For its cookie. */
  readonly text: string;
}

/** Unit of work: keeps a session of a token, and drops those whose time is over. */
async function insertSession(
  tx: Tx,
  ask: Omit<Token, "name" | "role"> & { readonly parentId: string },
): Promise<Token | undefined> {
  const all = await tx.tokens.all();
  const parent = all.find(({ id }) => id === ask.parentId);
  if (!parent || parent.revokedAt !== undefined) return undefined;
  const { name, role, projects, clientDialect, expiresAt: end } = parent;
  const session: Token = {
    ...ask,
    name,
    role,
    ...(projects ? { projects } : {}),
    ...(clientDialect === undefined ? {} : { clientDialect }),
    expiresAt: Math.min(ask.expiresAt ?? Number.POSITIVE_INFINITY, end ?? Number.POSITIVE_INFINITY),
  };
  const over = all.filter(({ kind, expiresAt }) => kind === "session" && (expiresAt ?? 0) <= ask.createdAt);
  await tx.tokens.delete(over.map(({ id }) => id));
  await tx.tokens.put([session]);
  await tx.journal.append([{ kind: "token-changed", tokenId: session.id, at: session.createdAt }]);
  return session;
}

/**
 * Begins a browser's session with an API token. It has a text of its own, so that what lies in a browser is good for a
 * week at most, ends at logout, and is not the token.
 *
 * @returns the session, or why the token begins none
 */
export async function startSession(
  { store, clock, random, digest, tokens }: Pick<Ports, "store" | "clock" | "random" | "digest" | "tokens">,
  tokenText: string,
): Promise<NewSession | { readonly refused: string }> {
  const check = await tokens.check(tokenText.trim(), "api");
  if ("refused" in check) return check;
  const { principal } = check;
  if (principal.role === "worker" || principal.tokenId === undefined) {
    return { refused: "a worker's token is for a worker: log in with the token of a person" };
  }
  const now = clock.now();
  const text = newTokenText(random, "session");
  const session = await store.transact(insertSession, {
    id: newId(random, "session", 12),
    kind: "session",
    hash: digest.sha256(text),
    parentId: principal.tokenId,
    createdAt: now,
    createdBy: principal.name,
    expiresAt: now + longestSession,
  });
  if (!session) return { refused: `the token ${principal.name} was revoked; ask an admin for a new token` };
  tokens.put([session]);
  return { session, text };
}

/** Unit of work. */
async function removeSession(
  tx: Tx,
  { id, now }: { readonly id: string; readonly now: number },
): Promise<readonly Token[]> {
  const sessions = [...(await tx.tokens.getMany([id])).values()].filter(({ kind }) => kind === "session");
  await tx.tokens.delete(sessions.map((session) => session.id));
  if (sessions.length > 0) await tx.journal.append([{ kind: "token-changed", tokenId: id, at: now }]);
  return sessions;
}

/** Ends a browser's session; ending it again changes nothing. */
export async function endSession(
  { store, clock, tokens }: Pick<Ports, "store" | "clock" | "tokens">,
  id: string,
): Promise<void> {
  tokens.forget(await store.transact(removeSession, { id, now: clock.now() }));
}
