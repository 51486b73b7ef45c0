import { RefusedError } from "#core/errors.ts";
import type { ClaimAsk, TaskReplacement, Tx } from "#core/ports/tx.ts";
import type { RunSpec } from "#core/tasks/run-spec.ts";
import type { Dialect, Task, TaskId } from "#core/tasks/task.ts";
import { UniqueError } from "../row-access.ts";
import type { TaskRow } from "../schema.ts";
import { tablesOfTasks } from "../tables.ts";
import { changedTaskRow, labelRows, taskOf, taskRow } from "../task-row.ts";
import type { UnitAccess } from "../unit-access.ts";

type PortTasks = Tx["tasks"];

type NewTask = Parameters<Tx["tasks"]["insert"]>[0][number];

/** Tasks in a unit of work; how the oldest queued ones are found is each technology's own. */
export abstract class TxTasks implements PortTasks {
  protected readonly unit: UnitAccess;

  constructor(unit: UnitAccess) {
    this.unit = unit;
  }

  abstract claim(ask: ClaimAsk): Promise<readonly Task[]>;

  nextIds(count: number): Promise<readonly TaskId[]> {
    return this.unit.nextTaskIds(count);
  }

  insert(tasks: readonly NewTask[]): Promise<void> {
    return this.insertRows(
      tasks,
      tasks.map(({ task, requestId }) => taskRow(task, requestId ?? null)),
    );
  }

  protected async insertRows(tasks: readonly NewTask[], rows: readonly TaskRow[]): Promise<void> {
    try {
      await this.unit.insert("tasks", rows);
    } catch (error) {
      throw error instanceof UniqueError ? takenError(error, tasks) : error;
    }
    await this.unit.insert(
      "task_specs",
      tasks.map(({ task, spec }) => ({ task_id: task.id, body: JSON.stringify(spec) })),
    );
    const labels = tasks.flatMap(({ task }) => labelRows(task));
    if (labels.length > 0) await this.unit.insert("task_labels", labels);
  }

  async getMany(ids: readonly TaskId[]): Promise<ReadonlyMap<TaskId, Task>> {
    const rows = await this.unit.getMany(
      "tasks",
      ids.map((id) => [id]),
    );
    return new Map(rows.map((row) => [row.id, taskOf(row)]));
  }

  async specs(ids: readonly TaskId[]): Promise<ReadonlyMap<TaskId, RunSpec>> {
    const rows = await this.unit.getMany(
      "task_specs",
      ids.map((id) => [id]),
    );
    return new Map(rows.map(({ task_id, body }) => [task_id, JSON.parse(body) as RunSpec]));
  }

  async findByName(dialect: Dialect, name: string, projectId?: string): Promise<Task | undefined> {
    const { queries } = this.unit;
    const [row] =
      projectId === undefined
        ? await this.unit.select(queries.tasksByName, dialect, name)
        : await this.unit.select(queries.tasksByProjectAndName, dialect, name, projectId);
    return row && taskOf(row);
  }

  async findByRequestId(requestId: string): Promise<Task | undefined> {
    const [row] = await this.unit.select(this.unit.queries.tasksByRequest, requestId);
    return row && taskOf(row);
  }

  replace(changes: readonly TaskReplacement[]): Promise<readonly TaskId[]> {
    return this.replaceRows(
      changes,
      changes.map(({ task }) => changedTaskRow(task)),
    );
  }

  protected async replaceRows(
    changes: readonly TaskReplacement[],
    rows: readonly TaskRow[],
  ): Promise<readonly TaskId[]> {
    const replaced = await this.unit.replace(
      "tasks",
      changes.map(({ ifState, ifAttempt }, index) => ({
        row: rows[index]!,
        expected: { state: ifState, attempt: ifAttempt },
      })),
    );
    return changes.flatMap(({ task }, index) => (replaced[index] ? [task.id] : []));
  }

  async delete(ids: readonly TaskId[]): Promise<void> {
    const keys = ids.map((id) => [id]);
    await this.unit.delete("tasks", keys);
    for (const table of tablesOfTasks) await this.unit.delete(table, keys);
  }

  async due(now: number, limit: number): Promise<readonly Task[]> {
    const rows = await this.unit.select(this.unit.queries.tasksDue, now, limit);
    return rows.map(taskOf);
  }

  async nextDue(): Promise<number | undefined> {
    const [row] = await this.unit.select(this.unit.queries.nextDue);
    return row?.not_before ?? undefined;
  }
}

function takenError({ index, columns }: UniqueError, tasks: readonly NewTask[]): RefusedError {
  const { task, requestId } = tasks[index]!;
  if (columns.includes("request_id")) {
    return new RefusedError("already-exists", `A task was already made by request ${requestId}.`, "request_id");
  }
  if (columns.includes("name")) {
    const where = task.projectName === "" ? "" : ` of project ${task.projectName}`;
    return new RefusedError(
      "already-exists",
      `A task ${task.name}${where} exists already; choose another name.`,
      "name",
    );
  }
  return new RefusedError("already-exists", `A task with id ${task.id} exists already.`, "id");
}
