import type { Tx } from "#core/ports/tx.ts";
import type { ProvidedWorker } from "#core/providers/provided-worker.ts";
import { providedWorkerOf, providedWorkerRow } from "../body-rows.ts";
import type { UnitAccess } from "../unit-access.ts";

type PortProvidedWorkers = Tx["providedWorkers"];

export class TxProvidedWorkers implements PortProvidedWorkers {
  readonly #unit: UnitAccess;

  constructor(unit: UnitAccess) {
    this.#unit = unit;
  }

  put(workers: readonly ProvidedWorker[]): Promise<void> {
    return this.#unit.put("provided_workers", workers.map(providedWorkerRow));
  }

  async getMany(ids: readonly string[]): Promise<ReadonlyMap<string, ProvidedWorker>> {
    const rows = await this.#unit.getMany(
      "provided_workers",
      ids.map((id) => [id]),
    );
    return new Map(rows.map((row) => [row.worker_id, providedWorkerOf(row)]));
  }

  async open(): Promise<readonly ProvidedWorker[]> {
    const rows = await this.#unit.db
      .selectFrom("provided_workers")
      .select("body")
      .where("ended_at", "is", null)
      .execute();
    return rows.map(providedWorkerOf).sort((a, b) => a.number - b.number);
  }

  async ended(before: number, limit: number): Promise<readonly ProvidedWorker[]> {
    const rows = await this.#unit.db
      .selectFrom("provided_workers")
      .select("body")
      .where("ended_at", "<", before)
      .orderBy("ended_at")
      .orderBy("worker_id")
      .limit(limit)
      .execute();
    return rows.map(providedWorkerOf);
  }

  delete(ids: readonly string[]): Promise<void> {
    return this.#unit.delete(
      "provided_workers",
      ids.map((id) => [id]),
    );
  }
}
