import { type Expression, type SqlBool, sql } from "kysely";
import type { AuditFilter, AuditPage, AuditPageAsk } from "#core/audit/audit-event.ts";
import { auditOf } from "../audit-row.ts";
import { lowerCase } from "../task-row.ts";
import type { Snapshot } from "./snapshot.ts";

/** Newest first, from a place in the order. */
export async function listAuditEvents(
  { db }: Snapshot,
  { filter, limit, olderThan }: AuditPageAsk,
): Promise<AuditPage> {
  const rows = await db
    .selectFrom("audit_events")
    .select("body")
    .where((eb) => eb.and(conditionsOf(filter)))
    .$if(olderThan !== undefined, (query) => query.where("id", "<", olderThan ?? ""))
    .orderBy("id", "desc")
    .limit(limit + 1)
    .execute();
  return { events: rows.slice(0, limit).map(auditOf), hasMore: rows.length > limit };
}

function conditionsOf({ principal, rpc, ok, text, after, before }: AuditFilter): Expression<SqlBool>[] {
  const conditions: Expression<SqlBool>[] = [];
  if (principal !== undefined) conditions.push(sql<boolean>`principal = ${principal}`);
  if (rpc !== undefined) conditions.push(sql<boolean>`rpc like ${`${escaped(rpc)}%`} escape '\\'`);
  if (ok !== undefined) conditions.push(ok ? sql<boolean>`outcome = 'ok'` : sql<boolean>`outcome <> 'ok'`);
  if (text !== undefined) conditions.push(sql<boolean>`search like ${`%${escaped(lowerCase(text))}%`} escape '\\'`);
  if (after !== undefined) conditions.push(sql<boolean>`at >= ${after}`);
  if (before !== undefined) conditions.push(sql<boolean>`at < ${before}`);
  return conditions;
}

function escaped(text: string): string {
  return text.replaceAll(/[\\%_]/g, "\\$&");
}
