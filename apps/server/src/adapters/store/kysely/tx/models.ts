import type { Model, ModelRun, ModelVersion, Replica } from "#core/models/model.ts";
import type { Tx } from "#core/ports/tx.ts";
import type { TaskId } from "#core/tasks/task.ts";
import {
  modelOf,
  modelRow,
  modelRunOf,
  modelRunRow,
  modelVersionOf,
  modelVersionRow,
  replicaOf,
  replicaRow,
} from "../body-rows.ts";
import type { UnitAccess } from "../unit-access.ts";

type PortModels = Tx["models"];
type PortModelVersions = Tx["modelVersions"];
type PortModelRuns = Tx["modelRuns"];
type PortReplicas = Tx["replicas"];

export class TxModels implements PortModels {
  readonly #unit: UnitAccess;

  constructor(unit: UnitAccess) {
    this.#unit = unit;
  }

  put(models: readonly Model[]): Promise<void> {
    return this.#unit.put("models", models.map(modelRow));
  }

  async getMany(ids: readonly string[]): Promise<ReadonlyMap<string, Model>> {
    const rows = await this.#unit.getMany(
      "models",
      ids.map((id) => [id]),
    );
    return new Map(rows.map((row) => [row.id, modelOf(row)]));
  }

  async ofProject(projectName: string): Promise<readonly Model[]> {
    const rows = await this.#unit.db
      .selectFrom("models")
      .select("body")
      .where("project_name", "=", projectName)
      .orderBy("id")
      .execute();
    return rows.map(modelOf);
  }

  async all(): Promise<readonly Model[]> {
    return (await this.#unit.db.selectFrom("models").select("body").orderBy("id").execute()).map(modelOf);
  }

  delete(ids: readonly string[]): Promise<void> {
    return this.#unit.delete(
      "models",
      ids.map((id) => [id]),
    );
  }
}

export class TxModelVersions implements PortModelVersions {
  readonly #unit: UnitAccess;

  constructor(unit: UnitAccess) {
    this.#unit = unit;
  }

  put(versions: readonly ModelVersion[]): Promise<void> {
    return this.#unit.put("model_versions", versions.map(modelVersionRow));
  }

  async of(modelId: string): Promise<readonly ModelVersion[]> {
    const rows = await this.#unit.db
      .selectFrom("model_versions")
      .select("body")
      .where("model_id", "=", modelId)
      .orderBy("version", "desc")
      .execute();
    return rows.map(modelVersionOf);
  }

  delete(modelId: string, versions: readonly number[]): Promise<void> {
    return this.#unit.delete(
      "model_versions",
      versions.map((version) => [modelId, version]),
    );
  }
}

export class TxModelRuns implements PortModelRuns {
  readonly #unit: UnitAccess;

  constructor(unit: UnitAccess) {
    this.#unit = unit;
  }

  put(runs: readonly ModelRun[]): Promise<void> {
    return this.#unit.put("model_runs", runs.map(modelRunRow));
  }

  async getMany(taskIds: readonly TaskId[]): Promise<readonly ModelRun[]> {
    const rows = await this.#unit.getMany(
      "model_runs",
      taskIds.map((id) => [id]),
    );
    return rows.map(modelRunOf);
  }

  async of(modelId: string, limit: number): Promise<readonly ModelRun[]> {
    const rows = await this.#unit.db
      .selectFrom("model_runs")
      .select("body")
      .where("model_id", "=", modelId)
      .orderBy("task_id", "desc")
      .limit(limit)
      .execute();
    return rows.map(modelRunOf);
  }
}

export class TxReplicas implements PortReplicas {
  readonly #unit: UnitAccess;

  constructor(unit: UnitAccess) {
    this.#unit = unit;
  }

  put(replicas: readonly Replica[]): Promise<void> {
    return this.#unit.put("replicas", replicas.map(replicaRow));
  }

  async getMany(taskIds: readonly TaskId[]): Promise<readonly Replica[]> {
    const rows = await this.#unit.getMany(
      "replicas",
      taskIds.map((id) => [id]),
    );
    return rows.map(replicaOf);
  }

  async of(modelId: string): Promise<readonly Replica[]> {
    const rows = await this.#unit.db
      .selectFrom("replicas")
      .select("body")
      .where("model_id", "=", modelId)
      .orderBy("task_id")
      .execute();
    return rows.map(replicaOf);
  }

  async all(): Promise<readonly Replica[]> {
    return (await this.#unit.db.selectFrom("replicas").select("body").orderBy("task_id").execute()).map(replicaOf);
  }

  delete(taskIds: readonly TaskId[]): Promise<void> {
    return this.#unit.delete(
      "replicas",
      taskIds.map((id) => [id]),
    );
  }
}
