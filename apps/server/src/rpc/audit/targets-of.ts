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
  return [...walk(desc, message, naming, deepest, "")].slice(0, mostTargets);
}

/** What an answer names that its request did not. */
export function madeBy(desc: DescMessage, message: Message, asked: readonly AuditTarget[]): readonly AuditTarget[] {
  const isKnown = (value: string) => asked.some((target) => target.value === value);
  const named = [...walk(desc, message, made, 1, "")].filter(({ value }) => !isKnown(value));
  return named.slice(0, 2);
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

function* walk(
  desc: DescMessage,
  message: Message,
  names: ReadonlySet<string>,
  depth: number,
  prefix: string,
): Generator<AuditTarget> {
  const fields = tellingFields(desc, names);
  if (fields.length === 0) return;
  const values: Readonly<Record<string, unknown>> = { ...message };
  for (const field of fields) {
    if (!isFieldSet(message, field)) continue;
    const value = valueIn(values, field);
    if (field.fieldKind === "message") {
      if (depth > 0 && isMessage(value)) {
        yield* walk(field.message, value, names, depth - 1, `${prefix}${field.name}.`);
      }
    } else if (field.fieldKind === "scalar") yield target(prefix + field.name, String(value));
    else if (field.fieldKind === "enum") yield target(prefix + field.name, nameOf(field.enum.value[Number(value)]));
  }
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
