import { sql } from "kysely";
import type { Tx } from "#core/ports/tx.ts";
import type { SealedVersion, Secret, SecretRead, SecretVersion } from "#core/secrets/secret.ts";
import type { AttemptRef } from "#core/tasks/task.ts";
import { readOf, readRow, sealedVersionOf, secretOf, secretRow, versionOf, versionRow } from "../body-rows.ts";
import type { UnitAccess } from "../unit-access.ts";

type PortSecrets = Tx["secrets"];
type VersionName = Pick<SecretVersion, "secretId" | "version">;

const versionKey = ({ secretId, version }: VersionName) => [secretId, version] as const;
const ended = sql.lit("ended" as const);

export class TxSecrets implements PortSecrets {
  readonly #unit: UnitAccess;

  constructor(unit: UnitAccess) {
    this.#unit = unit;
  }

  put(secrets: readonly Secret[]): Promise<void> {
    return this.#unit.put("secrets", secrets.map(secretRow));
  }

  async getMany(keys: readonly string[]): Promise<ReadonlyMap<string, Secret>> {
    const rows = await this.#unit.getMany(
      "secrets",
      keys.map((key) => [key]),
    );
    return new Map(rows.map((row) => [row.key, secretOf(row)]));
  }

  async count(): Promise<number> {
    const { count } = await this.#unit.db
      .selectFrom("secrets")
      .select(({ fn }) => fn.countAll<number | string | bigint>().as("count"))
      .executeTakeFirstOrThrow();
    return Number(count);
  }

  delete(keys: readonly string[]): Promise<void> {
    return this.#unit.delete(
      "secrets",
      keys.map((key) => [key]),
    );
  }

  putVersions(versions: readonly SealedVersion[]): Promise<void> {
    return this.#unit.put("secret_versions", versions.map(versionRow));
  }

  async versions(which: readonly VersionName[]): Promise<readonly SealedVersion[]> {
    return (await this.#unit.getMany("secret_versions", which.map(versionKey))).map(sealedVersionOf);
  }

  async versionsOf(secretId: string): Promise<readonly SecretVersion[]> {
    const rows = await this.#unit.db
      .selectFrom("secret_versions")
      .select("body")
      .where("secret_id", "=", secretId)
      .orderBy("version")
      .execute();
    return rows.map(versionOf);
  }

  deleteVersions(which: readonly VersionName[]): Promise<void> {
    return this.#unit.delete("secret_versions", which.map(versionKey));
  }

  async keyUses(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#unit.db
      .selectFrom("secret_versions")
      .select(({ fn }) => ["key_id", fn.countAll<number | string | bigint>().as("count")])
      .where("key_id", "<>", "")
      .groupBy("key_id")
      .execute();
    return new Map(rows.map(({ key_id, count }) => [key_id, Number(count)]));
  }

  async sealedUnderOthers(keyId: string, limit: number, after?: VersionName): Promise<readonly SealedVersion[]> {
    const { secretId, version } = after ?? { secretId: "", version: 0 };
    const rows = await this.#unit.db
      .selectFrom("secret_versions")
      .select(["body", "sealed"])
      .where("key_id", "not in", ["", keyId])
      .where(({ eb, and, or }) =>
        or([eb("secret_id", ">", secretId), and([eb("secret_id", "=", secretId), eb("version", ">", version)])]),
      )
      .orderBy("secret_id")
      .orderBy("version")
      .limit(limit)
      .execute();
    return rows.map(sealedVersionOf);
  }

  async unneededVersions(
    limit: number,
  ): Promise<readonly { readonly version: SecretVersion; readonly deleted: boolean }[]> {
    const rows = await this.#unit.db
      .selectFrom("secret_versions as v")
      .leftJoin("secrets as s", "s.id", "v.secret_id")
      .select(["v.body", "s.key"])
      .where("v.key_id", "<>", "")
      .where(({ eb, or }) => or([eb("s.id", "is", null), eb("s.version", "<>", eb.ref("v.version"))]))
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom("secret_reads as r")
              .innerJoin("attempts as a", (join) =>
                join.onRef("a.task_id", "=", "r.task_id").onRef("a.number", "=", "r.attempt"),
              )
              .select("r.task_id")
              .whereRef("r.secret_id", "=", "v.secret_id")
              .whereRef("r.version", "=", "v.version")
              .where("a.phase", "<>", ended),
          ),
        ),
      )
      .limit(limit)
      .execute();
    return rows.map((row) => ({ version: versionOf(row), deleted: row.key === null }));
  }

  putReads(reads: readonly SecretRead[]): Promise<void> {
    return this.#unit.put("secret_reads", reads.map(readRow));
  }

  async readsOf({ taskId, number }: AttemptRef): Promise<readonly SecretRead[]> {
    const rows = await this.#unit.db
      .selectFrom("secret_reads")
      .selectAll()
      .where("task_id", "=", taskId)
      .where("attempt", "=", number)
      .execute();
    return rows.map(readOf);
  }

  async endedReaders(limit: number): Promise<readonly AttemptRef[]> {
    const rows = await this.#unit.db
      .selectFrom("secret_reads as r")
      .leftJoin("attempts as a", (join) =>
        join.onRef("a.task_id", "=", "r.task_id").onRef("a.number", "=", "r.attempt"),
      )
      .select(["r.task_id", "r.attempt"])
      .distinct()
      .where(({ eb, or }) => or([eb("a.phase", "is", null), eb("a.phase", "=", ended)]))
      .limit(limit)
      .execute();
    return rows.map(({ task_id, attempt }) => ({ taskId: task_id, number: attempt }));
  }

  deleteReads(refs: readonly AttemptRef[]): Promise<void> {
    return this.#unit.delete(
      "secret_reads",
      refs.map(({ taskId, number }) => [taskId, number]),
    );
  }
}
