import type { Tx } from "#core/ports/tx.ts";
import type { Token } from "#core/tokens/token.ts";
import { tokenOf, tokenRow } from "../body-rows.ts";
import type { UnitAccess } from "../unit-access.ts";

type PortTokens = Tx["tokens"];

export class TxTokens implements PortTokens {
  readonly #unit: UnitAccess;

  constructor(unit: UnitAccess) {
    this.#unit = unit;
  }

  put(tokens: readonly Token[]): Promise<void> {
    return this.#unit.put("tokens", tokens.map(tokenRow));
  }

  async getMany(ids: readonly string[]): Promise<ReadonlyMap<string, Token>> {
    const rows = await this.#unit.getMany(
      "tokens",
      ids.map((id) => [id]),
    );
    return new Map(rows.map((row) => [row.id, tokenOf(row)]));
  }

  async findByHash(hash: string): Promise<Token | undefined> {
    const row = await this.#unit.db.selectFrom("tokens").select("body").where("hash", "=", hash).executeTakeFirst();
    return row && tokenOf(row);
  }

  async all(): Promise<readonly Token[]> {
    const rows = await this.#unit.db.selectFrom("tokens").select("body").orderBy("id").execute();
    return rows.map(tokenOf);
  }

  delete(ids: readonly string[]): Promise<void> {
    return this.#unit.delete(
      "tokens",
      ids.map((id) => [id]),
    );
  }
}
