import { RefusedError } from "#core/errors.ts";
import type { NewEntry, Position } from "#core/journal/entry.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { Worker, WorkerKind } from "#core/workers/worker.ts";
import { workerOf, workerRow } from "../body-rows.ts";
import type { UnitAccess } from "../unit-access.ts";

type PortWorkers = Tx["workers"];
type PortJournal = Tx["journal"];
type PortSettings = Tx["settings"];

/** The setting with the number that was given out last. */
const lastNumber = "last-worker-number";
/** TaskQueue's ids have 32 bits. */
const largestNumber = 2 ** 32 - 1;

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

  async findByNumber(number: number): Promise<Worker | undefined> {
    const [row] = await this.#unit.select(this.#unit.queries.workersByNumber, number);
    return row && workerOf(row);
  }

  async nextNumber(): Promise<number> {
    const [row] = await this.#unit.getMany("settings", [[lastNumber]]);
    const next = Number(row?.value ?? 0) + 1;
    if (next > largestNumber) throw new RefusedError("exhausted", "All numbers for workers have been given out.");
    await this.#unit.put("settings", [{ name: lastNumber, value: String(next) }]);
    return next;
  }

  delete(ids: readonly string[]): Promise<void> {
    return this.#unit.delete(
      "workers",
      ids.map((id) => [id]),
    );
  }

  async hasTakers(kind: WorkerKind): Promise<boolean> {
    return (await this.#unit.select(this.#unit.queries.takersOfKind, kind)).length > 0;
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
