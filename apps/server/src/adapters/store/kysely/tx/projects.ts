import type { Tx } from "#core/ports/tx.ts";
import type { Project, ProjectFile } from "#core/projects/project.ts";
import { projectFileOf, projectFileRow, projectOf, projectRow } from "../body-rows.ts";
import type { UnitAccess } from "../unit-access.ts";
import { refuseTaken } from "./refuse-taken.ts";

type PortProjects = Tx["projects"];
type PortProjectFiles = Tx["projectFiles"];

export class TxProjects implements PortProjects {
  readonly #unit: UnitAccess;

  constructor(unit: UnitAccess) {
    this.#unit = unit;
  }

  insert(projects: readonly Project[]): Promise<void> {
    return refuseTaken("project", projects, ({ id }) => id, this.#unit.insert("projects", projects.map(projectRow)));
  }

  put(projects: readonly Project[]): Promise<void> {
    return this.#unit.put("projects", projects.map(projectRow));
  }

  async getMany(ids: readonly string[]): Promise<ReadonlyMap<string, Project>> {
    const rows = await this.#unit.getMany(
      "projects",
      ids.map((id) => [id]),
    );
    return new Map(rows.map((row) => [row.id, projectOf(row)]));
  }

  async findByName(name: string, limit?: number): Promise<readonly Project[]> {
    const named = this.#unit.db
      .selectFrom("projects")
      .select("body")
      .where("name", "=", name)
      .orderBy("created_at", "desc")
      .orderBy("id", "desc");
    const rows = await (limit === undefined ? named : named.limit(limit)).execute();
    return rows.map(projectOf);
  }

  async countUploads(name: string): Promise<number> {
    const { uploads } = await this.#unit.db
      .selectFrom("projects")
      .select(({ fn }) => fn.countAll<number>().as("uploads"))
      .where("name", "=", name)
      .where("source_id", "is", null)
      .executeTakeFirstOrThrow();
    return Number(uploads);
  }

  /** Their files go with them. */
  async delete(ids: readonly string[]): Promise<void> {
    const keys = ids.map((id) => [id]);
    await this.#unit.delete("projects", keys);
    await this.#unit.delete("project_files", keys);
  }
}

export class TxProjectFiles implements PortProjectFiles {
  readonly #unit: UnitAccess;

  constructor(unit: UnitAccess) {
    this.#unit = unit;
  }

  put(files: readonly ProjectFile[]): Promise<void> {
    return this.#unit.put("project_files", files.map(projectFileRow));
  }

  async list(projectId: string): Promise<readonly ProjectFile[]> {
    const rows = await this.#unit.db
      .selectFrom("project_files")
      .selectAll()
      .where("project_id", "=", projectId)
      .orderBy("path")
      .execute();
    return rows.map(projectFileOf);
  }
}
