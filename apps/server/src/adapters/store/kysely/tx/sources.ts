import type { Tx } from "#core/ports/tx.ts";
import type { Source } from "#core/sources/source.ts";
import { sourceOf, sourceRow } from "../body-rows.ts";
import type { UnitAccess } from "../unit-access.ts";
import { refuseTaken } from "./refuse-taken.ts";

type PortSources = Tx["sources"];

type SourceReplacement = Parameters<Tx["sources"]["replace"]>[0][number];

export class TxSources implements PortSources {
  readonly #unit: UnitAccess;

  constructor(unit: UnitAccess) {
    this.#unit = unit;
  }

  insert(sources: readonly Source[]): Promise<void> {
    return refuseTaken("source", sources, ({ id }) => id, this.#unit.insert("sources", sources.map(sourceRow)));
  }

  async replace(changes: readonly SourceReplacement[]): Promise<readonly string[]> {
    const replaced = await this.#unit.replace(
      "sources",
      changes.map(({ source, ifRevision }) => ({ row: sourceRow(source), expected: { revision: ifRevision } })),
    );
    return changes.flatMap(({ source }, index) => (replaced[index] ? [source.id] : []));
  }

  async getMany(ids: readonly string[]): Promise<ReadonlyMap<string, Source>> {
    const rows = await this.#unit.getMany(
      "sources",
      ids.map((id) => [id]),
    );
    return new Map(rows.map((row) => [row.id, sourceOf(row)]));
  }

  async findByRepository(repository: string): Promise<readonly Source[]> {
    const rows = await this.#unit.db
      .selectFrom("sources")
      .select("body")
      .where("repository", "=", repository)
      .orderBy("id")
      .execute();
    return rows.map(sourceOf);
  }

  async all(): Promise<readonly Source[]> {
    const rows = await this.#unit.db.selectFrom("sources").select("body").orderBy("repository").orderBy("id").execute();
    return rows.map(sourceOf);
  }

  delete(ids: readonly string[]): Promise<void> {
    return this.#unit.delete(
      "sources",
      ids.map((id) => [id]),
    );
  }
}
