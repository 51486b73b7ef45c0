import { type Expression, type ExpressionBuilder, type SqlBool, sql } from "kysely";
import type { TaskFilter } from "#core/ports/store.ts";
import type { Schema } from "../schema.ts";

type Tasks = ExpressionBuilder<Schema, "tasks">;

/** The conditions of a filter on everything but the state. */
export function filterConditions(eb: Tasks, filter: TaskFilter): Expression<SqlBool>[] {
  const conditions: Expression<SqlBool>[] = [];
  const { dialects, projectId, projectName, text, createdAfter, createdBefore } = filter;
  if (dialects) conditions.push(eb("dialect", "in", dialects));
  // The empty name is that of no project, and its tasks are in no index of projects; said so that the index is used.
  if (projectId !== undefined) conditions.push(eb("project_id", "=", projectId));
  if (projectId) conditions.push(sql<boolean>`project_id <> ''`);
  if (projectName !== undefined) conditions.push(eb("project_name", "=", projectName));
  if (projectName) conditions.push(sql<boolean>`project_name <> ''`);
  if (createdAfter !== undefined) conditions.push(eb("created_at", ">", createdAfter));
  if (createdBefore !== undefined) conditions.push(eb("created_at", "<", createdBefore));
  if (text) conditions.push(contains(text));
  return conditions;
}

/** Any case, and without meaning for `%` and `_`. */
function contains(text: string): Expression<SqlBool> {
  const pattern = `%${text.toLowerCase().replaceAll(/[\\%_]/g, "\\$&")}%`;
  return sql<boolean>`search like ${pattern} escape '\\'`;
}
