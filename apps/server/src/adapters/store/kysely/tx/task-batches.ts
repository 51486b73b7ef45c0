import type { Tx } from "#core/ports/tx.ts";
import type { BatchRefusal, BatchTarget, TaskBatch } from "#core/task-batches/task-batch.ts";
import type { TaskBatchRow } from "../schema.ts";
import type { UnitAccess } from "../unit-access.ts";

type PortTaskBatches = Tx["taskBatches"];

export class TxTaskBatches implements PortTaskBatches {
  readonly #unit: UnitAccess;

  constructor(unit: UnitAccess) {
    this.#unit = unit;
  }

  put(batches: readonly TaskBatch[]): Promise<void> {
    return this.#unit.put(
      "task_batches",
      batches.map((batch) => ({ id: batch.id, created_at: batch.createdAt, body: JSON.stringify(batch) })),
    );
  }

  async getMany(ids: readonly string[]): Promise<ReadonlyMap<string, TaskBatch>> {
    const rows = await this.#unit.getMany(
      "task_batches",
      ids.map((id) => [id]),
    );
    return new Map(rows.map((row) => [row.id, batchOf(row)]));
  }

  async all(): Promise<readonly TaskBatch[]> {
    const rows = await this.#unit.db
      .selectFrom("task_batches")
      .select("body")
      .orderBy("created_at", "desc")
      .orderBy("id")
      .execute();
    return rows.map(batchOf);
  }

  putTarget(batchId: string, target: BatchTarget): Promise<void> {
    return this.#unit.put("task_batch_targets", [{ batch_id: batchId, body: JSON.stringify(target) }]);
  }

  async target(batchId: string): Promise<BatchTarget | undefined> {
    const [row] = await this.#unit.getMany("task_batch_targets", [[batchId]]);
    return row && (JSON.parse(row.body) as BatchTarget);
  }

  async delete(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await this.#unit.db.deleteFrom("task_batch_refusals").where("batch_id", "in", ids).execute();
    const keys = ids.map((id) => [id]);
    await this.#unit.delete("task_batch_targets", keys);
    await this.#unit.delete("task_batches", keys);
  }

  putRefusals(refusals: readonly BatchRefusal[]): Promise<void> {
    return this.#unit.put(
      "task_batch_refusals",
      refusals.map(({ batchId, taskId, message }) => ({ batch_id: batchId, task_id: taskId, message })),
    );
  }

  async refusals(batchId: string, limit: number): Promise<readonly BatchRefusal[]> {
    const rows = await this.#unit.db
      .selectFrom("task_batch_refusals")
      .selectAll()
      .where("batch_id", "=", batchId)
      .orderBy("task_id")
      .limit(limit)
      .execute();
    return rows.map(({ task_id, message }) => ({ batchId, taskId: task_id, message }));
  }
}

function batchOf({ body }: Pick<TaskBatchRow, "body">): TaskBatch {
  return JSON.parse(body) as TaskBatch;
}
