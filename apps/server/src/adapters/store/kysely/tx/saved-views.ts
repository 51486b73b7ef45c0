import type { Tx } from "#core/ports/tx.ts";
import type { SavedView } from "#core/saved-views/saved-view.ts";
import type { SavedViewRow } from "../schema.ts";
import type { UnitAccess } from "../unit-access.ts";

type PortSavedViews = Tx["savedViews"];

export class TxSavedViews implements PortSavedViews {
  readonly #unit: UnitAccess;

  constructor(unit: UnitAccess) {
    this.#unit = unit;
  }

  put(views: readonly SavedView[]): Promise<void> {
    return this.#unit.put(
      "saved_views",
      views.map((view) => ({ id: view.id, body: JSON.stringify(view) })),
    );
  }

  async getMany(ids: readonly string[]): Promise<ReadonlyMap<string, SavedView>> {
    const rows = await this.#unit.getMany(
      "saved_views",
      ids.map((id) => [id]),
    );
    return new Map(rows.map((row) => [row.id, viewOf(row)]));
  }

  async all(): Promise<readonly SavedView[]> {
    const rows = await this.#unit.db.selectFrom("saved_views").select("body").orderBy("id").execute();
    return rows.map(viewOf);
  }

  delete(ids: readonly string[]): Promise<void> {
    return this.#unit.delete(
      "saved_views",
      ids.map((id) => [id]),
    );
  }
}

function viewOf({ body }: Pick<SavedViewRow, "body">): SavedView {
  return JSON.parse(body) as SavedView;
}
