import type { NewEntry, Position } from "#core/journal/entry.ts";
import type { Tx } from "#core/ports/store.ts";
import type { Worker } from "#core/workers/worker.ts";
import { workerOf, workerRow } from "../body-rows.ts";
import type { UnitAccess } from "../unit-access.ts";

type PortWorkers = Tx["workers"];
type PortJournal = Tx["journal"];
type PortSettings = Tx["settings"];

export class TxWorkers implements PortWorkers {
  readonly #unit: UnitAccess;

  constructor(unit: UnitAccess) {
    this.#unit = unit;
  }

  put(workers: readonly Worker[]): Promise<void> {
    return this.#unit.put("workers", workers.map(workerRow));
  }

  async getMany(ids: readonly string[]): Promise<ReadonlyMap<string, Worker>> {
    const rows = await this.#unit.getMany(
      "workers",
      ids.map((id) => [id]),
    );
    return new Map(rows.map((row) => [row.id, workerOf(row)]));
  }

  async all(): Promise<readonly Worker[]> {
    const rows = await this.#unit.db.selectFrom("workers").select("body").orderBy("name").orderBy("id").execute();
    return rows.map(workerOf);
  }
}

export class TxJournal implements PortJournal {
  readonly #unit: UnitAccess;

  constructor(unit: UnitAccess) {
    this.#unit = unit;
  }

  append(entries: readonly NewEntry[]): Promise<Position> {
    return this.#unit.append(entries);
  }

  position(): Promise<Position> {
    return this.#unit.position();
  }
}

export class TxSettings implements PortSettings {
  readonly #unit: UnitAccess;

  constructor(unit: UnitAccess) {
    this.#unit = unit;
  }

  async get(name: string): Promise<string | undefined> {
    const [row] = await this.#unit.getMany("settings", [[name]]);
    return row?.value;
  }

  put(name: string, value: string): Promise<void> {
    return this.#unit.put("settings", [{ name, value }]);
  }
}
