import type { DataSet } from "#core/data-sets/data-set.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { Dependency } from "#core/tasks/dependency.ts";
import type { TaskId } from "#core/tasks/task.ts";
import { dataSetOf, dataSetRow } from "../body-rows.ts";
import type { DependencyRow } from "../schema.ts";
import type { UnitAccess } from "../unit-access.ts";

type PortDataSets = Tx["dataSets"];
type PortDependencies = Tx["dependencies"];

export class TxDataSets implements PortDataSets {
  readonly #unit: UnitAccess;

  constructor(unit: UnitAccess) {
    this.#unit = unit;
  }

  put(dataSets: readonly DataSet[]): Promise<void> {
    return this.#unit.put("data_sets", dataSets.map(dataSetRow));
  }

  async getMany(ids: readonly string[]): Promise<ReadonlyMap<string, DataSet>> {
    const rows = await this.#unit.getMany(
      "data_sets",
      ids.map((id) => [id]),
    );
    return new Map(rows.map((row) => [row.id, dataSetOf(row)]));
  }
}

export class TxDependencies implements PortDependencies {
  readonly #unit: UnitAccess;

  constructor(unit: UnitAccess) {
    this.#unit = unit;
  }

  insert(dependencies: readonly Dependency[]): Promise<void> {
    return this.#unit.put(
      "dependencies",
      dependencies.map(({ taskId, onTaskId, path, label }) => ({ task_id: taskId, on_task_id: onTaskId, path, label })),
    );
  }

  async of(taskIds: readonly TaskId[]): Promise<readonly Dependency[]> {
    if (taskIds.length === 0) return [];
    const rows = await this.#unit.db
      .selectFrom("dependencies")
      .selectAll()
      .where("task_id", "in", taskIds)
      .orderBy("task_id")
      .orderBy("on_task_id")
      .orderBy("path")
      .execute();
    return rows.map(dependencyOf);
  }

  /** Asked at the end of every task. */
  async on(taskIds: readonly TaskId[]): Promise<readonly Dependency[]> {
    const found: Dependency[] = [];
    for (const id of taskIds) {
      const rows = await this.#unit.select(this.#unit.queries.dependenciesOn, id);
      found.push(...rows.map(dependencyOf));
    }
    return found;
  }
}

function dependencyOf({ task_id, on_task_id, path, label }: DependencyRow): Dependency {
  return { taskId: task_id, onTaskId: on_task_id, path, label };
}
