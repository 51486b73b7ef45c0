import type { Tx } from "#core/ports/tx.ts";
import type { DeletionMark } from "#core/tasks/deletion-mark.ts";
import type { TaskId } from "#core/tasks/task.ts";
import type { DeletionRow } from "../schema.ts";
import type { UnitAccess } from "../unit-access.ts";

type PortDeletions = Tx["deletions"];

export class TxDeletions implements PortDeletions {
  readonly #unit: UnitAccess;

  constructor(unit: UnitAccess) {
    this.#unit = unit;
  }

  put(marks: readonly DeletionMark[]): Promise<void> {
    return this.#unit.put(
      "deletions",
      marks.map((mark) => ({ task_id: mark.taskId, approved: mark.approved ? 1 : 0, body: JSON.stringify(mark) })),
    );
  }

  async getMany(ids: readonly TaskId[]): Promise<readonly DeletionMark[]> {
    const rows = await this.#unit.getMany(
      "deletions",
      ids.map((id) => [id]),
    );
    return rows.map(markOf);
  }

  async approved(): Promise<readonly DeletionMark[]> {
    const rows = await this.#unit.db
      .selectFrom("deletions")
      .select("body")
      .where("approved", "=", 1)
      .orderBy("task_id")
      .execute();
    return rows.map(markOf);
  }
}

function markOf({ body }: Pick<DeletionRow, "body">): DeletionMark {
  return JSON.parse(body) as DeletionMark;
}
