import { sql } from "kysely";
import type { KeptObject, Tx } from "#core/ports/tx.ts";
import { isUnused } from "../object-references.ts";
import type { UnitAccess } from "../unit-access.ts";

type PortObjects = Tx["objects"];

export class TxObjects implements PortObjects {
  readonly #unit: UnitAccess;

  constructor(unit: UnitAccess) {
    this.#unit = unit;
  }

  put(objects: readonly KeptObject[]): Promise<void> {
    return this.#unit.put(
      "objects",
      objects.map(({ hash, size, keptAt }) => ({ hash, size, kept_at: keptAt })),
    );
  }

  async forgetUnused(hashes: readonly string[], keptBefore: number): Promise<readonly string[]> {
    if (hashes.length === 0) return [];
    const unused = await this.#unit.db
      .selectFrom("objects")
      .select("hash")
      .where("hash", "in", hashes)
      .where("kept_at", "<", keptBefore)
      .where(isUnused(sql.ref("objects.hash")))
      .execute();
    await this.#unit.delete(
      "objects",
      unused.map(({ hash }) => [hash]),
    );
    const known = await this.#unit.getMany(
      "objects",
      hashes.map((hash) => [hash]),
    );
    const left = new Set(known.map(({ hash }) => hash));
    return hashes.filter((hash) => !left.has(hash));
  }
}
