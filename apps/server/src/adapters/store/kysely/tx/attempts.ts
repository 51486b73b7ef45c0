import type { Tx } from "#core/ports/tx.ts";
import type { Artifact, Attempt, AttemptRef } from "#core/tasks/task.ts";
import { artifactOf, artifactRow, attemptOf, attemptRow } from "../attempt-row.ts";
import { demandOf } from "../task-row.ts";
import type { UnitAccess } from "../unit-access.ts";
import { usageOf, usageRow } from "../usage-row.ts";
import { refuseTaken } from "./refuse-taken.ts";

type PortAttempts = Tx["attempts"];
type PortUsage = Tx["usage"];
type PortArtifacts = Tx["artifacts"];

export class TxAttempts implements PortAttempts {
  readonly #unit: UnitAccess;

  constructor(unit: UnitAccess) {
    this.#unit = unit;
  }

  insert(attempts: readonly Attempt[]): Promise<void> {
    const spelled = ({ taskId, number }: Attempt) => `${number} of task ${taskId}`;
    return refuseTaken("attempt", attempts, spelled, this.#unit.insert("attempts", attempts.map(attemptRow)));
  }

  async getMany(refs: readonly AttemptRef[]): Promise<readonly Attempt[]> {
    const rows = await this.#unit.getMany(
      "attempts",
      refs.map(({ taskId, number }) => [taskId, number]),
    );
    return rows.map(attemptOf);
  }

  async replace(attempts: readonly Attempt[]): Promise<void> {
    await this.#unit.replace(
      "attempts",
      attempts.map((attempt) => ({ row: attemptRow(attempt), expected: {} })),
    );
  }

  async current(workerId: string): Promise<readonly Attempt[]> {
    const rows = await this.#unit.select(this.#unit.queries.currentAttempts, workerId);
    return rows.map(attemptOf);
  }

  async currentDemands(workerId: string): Promise<Awaited<ReturnType<PortAttempts["currentDemands"]>>> {
    const rows = await this.#unit.select(this.#unit.queries.currentDemands, workerId);
    return rows.map(({ demand, count }) => ({ demand: demandOf(demand), count: Number(count) }));
  }
}

export class TxUsage implements PortUsage {
  readonly #unit: UnitAccess;

  constructor(unit: UnitAccess) {
    this.#unit = unit;
  }

  put(usages: Parameters<PortUsage["put"]>[0]): Promise<void> {
    return this.#unit.put(
      "attempt_usage",
      usages.map(({ ref, usage }) => usageRow(ref, usage)),
    );
  }

  async getMany(refs: readonly AttemptRef[]): Promise<Awaited<ReturnType<PortUsage["getMany"]>>> {
    const rows = await this.#unit.getMany(
      "attempt_usage",
      refs.map(({ taskId, number }) => [taskId, number]),
    );
    return rows.map((row) => ({ ref: { taskId: row.task_id, number: row.number }, usage: usageOf(row) }));
  }
}

export class TxArtifacts implements PortArtifacts {
  readonly #unit: UnitAccess;

  constructor(unit: UnitAccess) {
    this.#unit = unit;
  }

  put(artifacts: readonly Artifact[]): Promise<void> {
    return this.#unit.put("artifacts", artifacts.map(artifactRow));
  }

  async ofAttempt({ taskId, number }: AttemptRef): Promise<readonly Artifact[]> {
    const rows = await this.#unit.db
      .selectFrom("artifacts")
      .selectAll()
      .where("task_id", "=", taskId)
      .where("attempt", "=", number)
      .orderBy("path")
      .execute();
    return rows.map(artifactOf);
  }
}
