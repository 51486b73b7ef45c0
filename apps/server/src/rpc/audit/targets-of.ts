import type { DescMessage, Message } from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
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
  return [...walk(reflect(desc, message), naming, deepest, "")].slice(0, mostTargets);
}

/** What an answer names that its request did not. */
export function madeBy(desc: DescMessage, message: Message, asked: readonly AuditTarget[]): readonly AuditTarget[] {
  const known = new Set(asked.map(({ value }) => value));
  const named = [...walk(reflect(desc, message), made, 1, "")].filter(({ value }) => !known.has(value));
  return named.slice(0, 2);
}

function* walk(
  message: ReflectMessage,
  names: ReadonlySet<string>,
  depth: number,
  prefix: string,
): Generator<AuditTarget> {
  for (const field of message.fields) {
    if (!message.isSet(field)) continue;
    if (field.fieldKind === "message" && depth > 0) {
      yield* walk(message.get(field), names, depth - 1, `${prefix}${field.name}.`);
    } else if (names.has(field.name.toLowerCase().replaceAll("_", ""))) {
      if (field.fieldKind === "scalar") yield target(prefix + field.name, String(message.get(field)));
      if (field.fieldKind === "enum")
        yield target(prefix + field.name, nameOf(field.enum.value[Number(message.get(field))]));
    }
  }
}

function nameOf(value: { readonly name: string } | undefined): string {
  return value?.name ?? "unknown";
}

/** An address may have been sent with a password in it. */
function target(field: string, value: string): AuditTarget {
  return { field, value: value.slice(0, longestValue).replace(/\/\/[^/\s]*@/, "//") };
}
