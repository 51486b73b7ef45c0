import type { Clock } from "#core/ports/clock.ts";
import type { Digest } from "#core/ports/digest.ts";
import type { Store } from "#core/ports/store.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { Principal } from "#core/principal.ts";
import { isUsable, type Token, type TokenKind } from "#core/tokens/token.ts";
import { isWhole, kindOfText } from "#core/tokens/token-text.ts";

/** So often at most is it noted that a token is used. */
const noteEvery = 5 * 60_000;

/** Who a token stands for, or why it stands for nobody. */
export type TokenCheck = { readonly principal: Principal } | { readonly refused: string };

/**
 * The tokens, in memory: a call is checked without asking the store. Changes made here count at once; those of other
 * servers as soon as the journal tells them.
 */
export class KnownTokens {
  readonly #ports: { readonly store: Store; readonly digest: Digest; readonly clock: Clock };
  #byHash = new Map<string, Token>();
  /** When the use of a token was last noted, by its id. */
  readonly #noted = new Map<string, number>();
  #changes = 0;

  constructor(ports: { readonly store: Store; readonly digest: Digest; readonly clock: Clock }) {
    this.#ports = ports;
  }

  /** Reads them all, at the start and whenever others may have changed them. */
  async load(): Promise<void> {
    for (;;) {
      const changes = this.#changes;
      const tokens = await this.#ports.store.transact((tx: Tx) => tx.tokens.all(), undefined);
      // What was changed here meanwhile is newer than what was read.
      if (changes !== this.#changes) continue;
      this.#byHash = new Map(tokens.map((token) => [token.hash, token]));
      return;
    }
  }

  /** Takes over what has just become durable. */
  put(tokens: readonly Token[]): void {
    this.#changes++;
    for (const token of tokens) this.#byHash.set(token.hash, token);
  }

  forget(tokens: readonly Token[]): void {
    this.#changes++;
    for (const token of tokens) this.#byHash.delete(token.hash);
  }

  /** @param kind - a session's text is good for a browser's cookie only, an API token's for a header only */
  async check(text: string, kind: TokenKind): Promise<TokenCheck> {
    if (kindOfText(text) !== kind) {
      return { refused: kind === "api" ? "this is not an API token of this server" : "this is not a session" };
    }
    if (!isWhole(text, kind)) return { refused: "the token is not whole: check that it was copied to its last letter" };
    const token = await this.#find(this.#ports.digest.sha256(text));
    if (!token) return { refused: "this token is not known here: it was deleted, or belongs to another server" };
    const { clock } = this.#ports;
    const now = clock.now();
    if (!isUsable(token, now)) return { refused: whyNot(token) };
    this.#noteUse(token, now);
    return { principal: principalOfToken(token) };
  }

  /** One that another server has made is in the store before the journal has told of it. */
  async #find(hash: string): Promise<Token | undefined> {
    const known = this.#byHash.get(hash);
    if (known) return known;
    const found = await this.#ports.store.transact((tx: Tx, wanted: string) => tx.tokens.findByHash(wanted), hash);
    if (found) this.put([found]);
    return found;
  }

  #noteUse({ id, lastUsedAt = 0 }: Token, now: number): void {
    if (now - Math.max(lastUsedAt, this.#noted.get(id) ?? 0) <= noteEvery) return;
    this.#noted.set(id, now);
    // Nothing depends on it, and a later use tries again.
    this.#ports.store.transact(noteUse, { id, now }).catch(() => {});
  }
}

/** Unit of work: tells nobody, for nothing depends on it. */
async function noteUse(tx: Tx, { id, now }: { readonly id: string; readonly now: number }): Promise<void> {
  const token = (await tx.tokens.getMany([id])).get(id);
  if (token) await tx.tokens.put([{ ...token, lastUsedAt: now }]);
}

function whyNot(token: Token): string {
  const what = token.kind === "session" ? "this session" : `the token ${token.name}`;
  return token.revokedAt === undefined
    ? `${what} has expired; ${token.kind === "session" ? "log in again" : "ask an admin for a new one"}`
    : `${what} was revoked; ask an admin for a new token`;
}

function principalOfToken(token: Token): Principal {
  const { name, role, projects, expiresAt, clientDialect } = token;
  return {
    name,
    role,
    tokenId: token.parentId ?? token.id,
    ...(token.kind === "session" ? { sessionId: token.id } : {}),
    ...(projects ? { projects } : {}),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(clientDialect === undefined ? {} : { clientDialect }),
  };
}
