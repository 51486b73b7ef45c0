import type { AuditEvent } from "#core/audit/audit-event.ts";
import type { AuditRow } from "./schema.ts";
import { lowerCase } from "./task-row.ts";

export function auditRow(event: AuditEvent): AuditRow {
  const { id, at, principal, rpc, outcome, address, targets } = event;
  const search = lowerCase([principal, rpc, address, ...targets.map(({ value }) => value)].join("\n"));
  return { id, at, principal, rpc, outcome, search, body: JSON.stringify(event) };
}

export function auditOf({ body }: Pick<AuditRow, "body">): AuditEvent {
  return JSON.parse(body) as AuditEvent;
}
