import { type DescField, type DescMessage, isFieldSet, isMessage, type Message } from "@bufbuild/protobuf";
import type { AuditTarget } from "#core/audit/audit-event.ts";

/** Fields that name what a call is about, lower case without `_`. Nothing else of a message is ever kept. */
const naming = new Set([
  "id",
  "uuid",
  "key",
  "name",
  "path",
  "filepath",
  "repo",
  "repository",
  "project",
  "projectid",
  "domain",
  "taskid",
  "taskname",
  "sessionid",
  "scheduleid",
  "workerid",
  "partitionid",
  "resultid",
  "keyid",
  "version",
  "attempt",
  "role",
]);

/** Fields of an answer that name what was made. */
const made = new Set(["id", "taskid", "name"]);

const mostTargets = 8;
const longestValue = 200;
const deepest = 2;

/** What a request is about. */
export function targetsOf(desc: DescMessage, message: Message): readonly AuditTarget[] {
  return found(desc, message, naming, deepest).slice(0, mostTargets);
}

/** What an answer names that its request did not. */
export function madeBy(desc: DescMessage, message: Message, asked: readonly AuditTarget[]): readonly AuditTarget[] {
  const isKnown = (value: string) => asked.some((target) => target.value === value);
  return found(desc, message, made, 1)
    .filter(({ value }) => !isKnown(value))
    .slice(0, 2);
}

/** Fields that may tell something, by what is looked for: kept, as this is asked for each call. */
const telling = new Map<ReadonlySet<string>, WeakMap<DescMessage, readonly DescField[]>>([
  [naming, new WeakMap()],
  [made, new WeakMap()],
]);

function tellingFields(desc: DescMessage, names: ReadonlySet<string>): readonly DescField[] {
  const kept = telling.get(names)?.get(desc);
  if (kept) return kept;
  const isNaming = ({ name }: DescField) => names.has(name.toLowerCase().replaceAll("_", ""));
  const fields = desc.fields.filter((field) => field.fieldKind === "message" || isNaming(field));
  telling.get(names)?.set(desc, fields);
  return fields;
}

const nothing: readonly AuditTarget[] = [];

function found(desc: DescMessage, message: Message, names: ReadonlySet<string>, depth: number): readonly AuditTarget[] {
  if (tellingFields(desc, names).length === 0) return nothing;
  const targets: AuditTarget[] = [];
  walk(desc, message, { names, targets }, depth, "");
  return targets;
}

/** What is looked for, and what was found. */
interface Search {
  readonly names: ReadonlySet<string>;
  readonly targets: AuditTarget[];
}

function walk(desc: DescMessage, message: Message, search: Search, depth: number, prefix: string): void {
  const values = fieldsOf(message);
  for (const field of tellingFields(desc, search.names)) {
    if (!isFieldSet(message, field)) continue;
    const value = valueIn(values, field);
    if (field.fieldKind === "message") {
      if (depth > 0 && isMessage(value)) walk(field.message, value, search, depth - 1, `${prefix}${field.name}.`);
    } else if (field.fieldKind === "scalar") search.targets.push(target(prefix + field.name, String(value)));
    else if (field.fieldKind === "enum") {
      search.targets.push(target(prefix + field.name, nameOf(field.enum.value[Number(value)])));
    }
  }
}

/** A message's fields by their local names, which its generated type alone knows. */
function fieldsOf(message: object): Readonly<Record<string, unknown>> {
  return message as Readonly<Record<string, unknown>>;
}

/** Of a field that is set, also where it is one of several of which one is. */
function valueIn(values: Readonly<Record<string, unknown>>, { oneof, localName }: DescField): unknown {
  return oneof ? (values[oneof.localName] as { readonly value: unknown }).value : values[localName];
}

function nameOf(value: { readonly name: string } | undefined): string {
  return value?.name ?? "unknown";
}

/** An address may have been sent with a password in it. */
function target(field: string, value: string): AuditTarget {
  return { field, value: value.slice(0, longestValue).replace(/\/\/[^/\s]*@/, "//") };
}
