import type { AuditEvent } from "#core/audit/audit-event.ts";
import type { Tx } from "#core/ports/tx.ts";
import { auditRow } from "../audit-row.ts";
import type { UnitAccess } from "../unit-access.ts";

type PortAudit = Tx["audit"];

export class TxAudit implements PortAudit {
  readonly #unit: UnitAccess;

  constructor(unit: UnitAccess) {
    this.#unit = unit;
  }

  insert(events: readonly AuditEvent[]): Promise<void> {
    return this.#unit.insert("audit_events", events.map(auditRow));
  }

  async deleteOldest(before: string, keep: number, limit: number): Promise<number> {
    const events = this.#unit.db.selectFrom("audit_events").select("id");
    const beyond = await events.orderBy("id", "desc").limit(1).offset(keep).executeTakeFirst();
    const last = beyond === undefined || beyond.id < before ? before : beyond.id;
    const rows = await events
      .where((eb) => eb.or([eb("id", "<", before), eb("id", "<=", beyond === undefined ? "" : last)]))
      .orderBy("id")
      .limit(limit)
      .execute();
    await this.#unit.delete(
      "audit_events",
      rows.map(({ id }) => [id]),
    );
    return rows.length;
  }
}
