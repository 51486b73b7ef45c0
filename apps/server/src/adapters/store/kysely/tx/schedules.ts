import type { Tx } from "#core/ports/tx.ts";
import type { Schedule, Tick } from "#core/schedules/schedule.ts";
import { scheduleOf, scheduleRow, tickRow } from "../body-rows.ts";
import type { UnitAccess } from "../unit-access.ts";

type PortSchedules = Tx["schedules"];

export class TxSchedules implements PortSchedules {
  readonly #unit: UnitAccess;

  constructor(unit: UnitAccess) {
    this.#unit = unit;
  }

  put(schedules: readonly Schedule[]): Promise<void> {
    return this.#unit.put("schedules", schedules.map(scheduleRow));
  }

  async getMany(ids: readonly string[]): Promise<ReadonlyMap<string, Schedule>> {
    const rows = await this.#unit.getMany(
      "schedules",
      ids.map((id) => [id]),
    );
    return new Map(rows.map((row) => [row.id, scheduleOf(row)]));
  }

  async ofProject(projectId: string, projectName: string): Promise<readonly Schedule[]> {
    const rows = await this.#unit.db
      .selectFrom("schedules")
      .select("body")
      .where((row) => row.or([row("project_id", "=", projectId), row("project_name", "=", projectName)]))
      .orderBy("id")
      .execute();
    return rows.map(scheduleOf);
  }

  async delete(ids: readonly string[]): Promise<void> {
    const keys = ids.map((id) => [id]);
    await this.#unit.delete("schedules", keys);
    await this.#unit.delete("schedule_ticks", keys);
  }

  async due(now: number, limit: number): Promise<readonly Schedule[]> {
    const rows = await this.#unit.db
      .selectFrom("schedules")
      .select("body")
      .where("due_at", "is not", null)
      .where("due_at", "<=", now)
      .orderBy("due_at")
      .orderBy("id")
      .limit(limit)
      .execute();
    return rows.map(scheduleOf);
  }

  async nextDue(): Promise<number | undefined> {
    const row = await this.#unit.db
      .selectFrom("schedules")
      .select("due_at")
      .where("due_at", "is not", null)
      .orderBy("due_at")
      .limit(1)
      .executeTakeFirst();
    return row?.due_at ?? undefined;
  }

  async putTicks(ticks: readonly Tick[], keep: number): Promise<void> {
    await this.#unit.put("schedule_ticks", ticks.map(tickRow));
    for (const scheduleId of new Set(ticks.map((tick) => tick.scheduleId))) {
      const surplus = await this.#unit.db
        .selectFrom("schedule_ticks")
        .select("at")
        .where("schedule_id", "=", scheduleId)
        .orderBy("at", "desc")
        .offset(keep)
        .limit(100)
        .execute();
      await this.#unit.delete(
        "schedule_ticks",
        surplus.map(({ at }) => [scheduleId, at]),
      );
    }
  }
}
