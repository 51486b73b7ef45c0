import { create, type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { createValidator, type ValidationResult } from "@bufbuild/protovalidate";
import { DispatchService } from "@tributary/proto/tributary/v1/dispatch_pb";
import { LogService } from "@tributary/proto/tributary/v1/logs_pb";
import { SecretService } from "@tributary/proto/tributary/v1/secrets_pb";
import { TaskService } from "@tributary/proto/tributary/v1/tasks_pb";
import { expect, it } from "vitest";

const services = [DispatchService, LogService, SecretService, TaskService];
const requests = services.flatMap(({ methods }) => methods.map(({ input }) => input));

/** Values at which rules are mostly broken. */
interface Extreme {
  readonly text: string;
  readonly number: number;
}

const extremes: readonly Extreme[] = [
  { text: "", number: 0 },
  { text: "x", number: 1 },
  { text: " ü ".repeat(100_000), number: 2 ** 31 - 1 },
];

const wide = new Set([ScalarType.INT64, ScalarType.UINT64, ScalarType.FIXED64, ScalarType.SFIXED64, ScalarType.SINT64]);

function scalarOf(type: ScalarType, { text, number }: Extreme): unknown {
  if (type === ScalarType.STRING) return text;
  if (type === ScalarType.BYTES) return Buffer.from(text);
  if (type === ScalarType.BOOL) return number > 0;
  return wide.has(type) ? BigInt(number) : number;
}

function put(into: ReflectMessage, field: DescField, extreme: Extreme, depth: number): void {
  if (field.fieldKind === "scalar") into.set(field, scalarOf(field.scalar, extreme));
  else if (field.fieldKind === "enum") into.set(field, extreme.number);
  else if (field.fieldKind === "message" && depth < 3) into.set(field, filled(field.message, extreme, depth + 1));
  else if (field.fieldKind === "list" && field.listKind === "scalar")
    into.get(field).add(scalarOf(field.scalar, extreme));
}

function filled(desc: DescMessage, extreme: Extreme, depth = 0): ReflectMessage {
  const message = reflect(desc, create(desc));
  for (const field of desc.fields) put(message, field, extreme, depth);
  return message;
}

/** What a client is told. */
function told({ kind, error, violations }: ValidationResult) {
  return { kind, message: error?.message, rules: violations?.map(({ ruleId, message }) => [ruleId, message]) };
}

it("finds in requests what the rules as they are written in CEL find", () => {
  const inCel = createValidator({ disableNativeRules: true });
  const kinds = new Set<string>();
  for (const desc of requests) {
    const usual = createValidator();
    for (const extreme of extremes) {
      const { message } = filled(desc, extreme);
      const found = told(usual.validate(desc, message));
      expect([desc.typeName, found]).toEqual([desc.typeName, told(inCel.validate(desc, message))]);
      kinds.add(found.kind);
    }
  }
  expect([...kinds].sort()).toEqual(["invalid", "valid"]);
});
