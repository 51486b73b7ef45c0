import { type Expression, type ExpressionBuilder, type SqlBool, sql } from "kysely";
import type { Job, StagedFile } from "#core/jobs/job.ts";
import type { Tx } from "#core/ports/tx.ts";
import { jobOf, jobRow, stagedFileOf, stagedFileRow } from "../body-rows.ts";
import type { Schema } from "../schema.ts";
import type { UnitAccess } from "../unit-access.ts";
import { inStates, openStates } from "../views/states.ts";

type PortJobs = Tx["jobs"];
type PortStagedFiles = Tx["stagedFiles"];

export class TxJobs implements PortJobs {
  readonly #unit: UnitAccess;

  constructor(unit: UnitAccess) {
    this.#unit = unit;
  }

  async put(jobs: readonly Job[]): Promise<void> {
    await this.#unit.put("jobs", jobs.map(jobRow));
    const files = jobs.flatMap(({ id, files }) => files.map((file) => ({ job_id: id, file_id: file })));
    await this.#unit.put("job_files", files);
  }

  async getMany(ids: readonly string[]): Promise<ReadonlyMap<string, Job>> {
    const rows = await this.#unit.getMany(
      "jobs",
      ids.map((id) => [id]),
    );
    return new Map(rows.map((row) => [row.id, jobOf(row)]));
  }

  async staging(limit: number): Promise<readonly Job[]> {
    const rows = await this.#unit.db
      .selectFrom("jobs")
      .select("body")
      .where("staging", "=", 1)
      .orderBy("created_at")
      .orderBy("id")
      .limit(limit)
      .execute();
    return rows.map(jobOf);
  }

  async left(createdBefore: number, limit: number): Promise<readonly string[]> {
    const rows = await this.#unit.db
      .selectFrom("jobs")
      .leftJoin("tasks", "tasks.id", "jobs.task_id")
      .select("jobs.id")
      .where("tasks.id", "is", null)
      .where((row) => row.or([row("jobs.task_id", "is not", null), row("jobs.created_at", "<", createdBefore)]))
      .orderBy("jobs.id")
      .limit(limit)
      .execute();
    return rows.map(({ id }) => id);
  }

  async delete(ids: readonly string[]): Promise<void> {
    const keys = ids.map((id) => [id]);
    await this.#unit.delete("jobs", keys);
    await this.#unit.delete("job_files", keys);
  }
}

export class TxStagedFiles implements PortStagedFiles {
  readonly #unit: UnitAccess;

  constructor(unit: UnitAccess) {
    this.#unit = unit;
  }

  put(files: readonly StagedFile[]): Promise<void> {
    return this.#unit.put("staged_files", files.map(stagedFileRow));
  }

  async getMany(ids: readonly string[]): Promise<ReadonlyMap<string, StagedFile>> {
    const rows = await this.#unit.getMany(
      "staged_files",
      ids.map((id) => [id]),
    );
    return new Map(rows.map((row) => [row.id, stagedFileOf(row)]));
  }

  async needed(ids: readonly string[]): Promise<readonly string[]> {
    if (ids.length === 0) return [];
    const rows = await this.#unit.db
      .selectFrom("staged_files")
      .select("id")
      .where("id", "in", ids)
      .where(isNeeded)
      .execute();
    return rows.map(({ id }) => id);
  }

  async unneeded(limit: number): Promise<readonly StagedFile[]> {
    const rows = await this.#unit.db
      .selectFrom("staged_files")
      .selectAll()
      .where((row) => row.not(isNeeded(row)))
      .orderBy("used_at")
      .orderBy("id")
      .limit(limit)
      .execute();
    return rows.map(stagedFileOf);
  }

  async size(): Promise<number> {
    const row = await this.#unit.db
      .selectFrom("staged_files")
      .select(({ fn }) => fn.sum<number | null>("size").as("bytes"))
      .executeTakeFirst();
    return Number(row?.bytes ?? 0);
  }

  delete(ids: readonly string[]): Promise<void> {
    return this.#unit.delete(
      "staged_files",
      ids.map((id) => [id]),
    );
  }
}

/** Whether a job names the file that has no task yet, or one that has not ended. */
function isNeeded(row: ExpressionBuilder<Schema, "staged_files">): Expression<SqlBool> {
  return row.exists(
    row
      .selectFrom("job_files")
      .innerJoin("jobs", "jobs.id", "job_files.job_id")
      .leftJoin("tasks", "tasks.id", "jobs.task_id")
      .select("jobs.id")
      .whereRef("job_files.file_id", "=", "staged_files.id")
      .where((job) => job.or([job("jobs.task_id", "is", null), inStates(openStates, sql.ref("tasks.state"))])),
  );
}
