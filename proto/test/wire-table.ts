import { readFileSync } from "node:fs";
import {
  type AnyDesc,
  type DescEnum,
  type DescField,
  type DescFile,
  type DescMessage,
  type DescMethod,
  type DescService,
  ScalarType,
} from "@bufbuild/protobuf";
import { Edition, FeatureSet_FieldPresence } from "@bufbuild/protobuf/wkt";

/** `[number, name, type, label]`, and the name of the oneof that the field is in. Types are full names. */
export type Field = [number, string, string, Label, string?];
type Label = "singular" | "optional" | "required" | "repeated" | "map";
/** `[request, response, kind]` */
type Method = [string, string, DescMethod["methodKind"]];

/** What is on the wire of one .proto file. Names of nested types have dots. */
export interface WireFile {
  package: string;
  syntax: "proto2" | "proto3";
  messages?: Record<string, Field[]>;
  enums?: Record<string, [number, string][]>;
  services?: Record<string, Record<string, Method>>;
  /** Numbers that must not be used, by message or enum: first and last of each range. */
  reserved?: Record<string, [number, number][]>;
  deprecated?: string[];
}

/** The files of one dialect by path, as `wire/<dialect>.json` has them. */
export interface WireTable {
  upstream: string;
  note?: string;
  files: Record<string, WireFile>;
}

export function readWireTable(dialect: string): WireTable {
  return JSON.parse(readFileSync(new URL(`../wire/${dialect}.json`, import.meta.url), "utf8")) as WireTable;
}

/** Says of generated code what a wire table says; what there is none of is left out. */
export function wireFileOf(file: DescFile): WireFile {
  const messages = file.messages.flatMap(withNested);
  const enums = [...file.enums, ...messages.flatMap((message) => message.nestedEnums)];
  const reserved = [...messages.map(reservedInMessage), ...enums.map(reservedInEnum)].filter(
    ([, spans]) => spans.length,
  );
  const deprecated = [...messages, ...messages.flatMap((message) => message.fields), ...enums, ...methodsOf(file)]
    .filter((desc) => desc.deprecated)
    .map(localName);
  return {
    package: file.proto.package,
    syntax: file.edition === Edition.EDITION_PROTO2 ? "proto2" : "proto3",
    ...(messages.length && { messages: byName(messages, (message) => message.fields.map(fieldOf).sort(byNumber)) }),
    ...(enums.length && { enums: byName(enums, valuesOf) }),
    ...(file.services.length && { services: byName(file.services, methodsIn) }),
    ...(reserved.length && { reserved: Object.fromEntries(reserved) }),
    ...(deprecated.length && { deprecated: deprecated.sort() }),
  };
}

function withNested(message: DescMessage): DescMessage[] {
  return [message, ...message.nestedMessages.flatMap(withNested)];
}

function methodsOf(file: DescFile): DescMethod[] {
  return file.services.flatMap((service) => service.methods);
}

function byName<D extends DescMessage | DescEnum | DescService, T>(descs: readonly D[], of: (desc: D) => T) {
  return Object.fromEntries(descs.map((desc) => [localName(desc), of(desc)]));
}

/** The name within the package. */
function localName(desc: AnyDesc): string {
  if (desc.kind === "file" || desc.kind === "extension") throw new Error(`no wire table has a ${desc.kind}`);
  if (!("typeName" in desc)) return `${localName(desc.parent)}.${desc.name}`;
  const { package: name } = desc.file.proto;
  return name === "" ? desc.typeName : desc.typeName.slice(name.length + 1);
}

function byNumber([a]: [number, ...unknown[]], [b]: [number, ...unknown[]]): number {
  return a - b;
}

function fieldOf(field: DescField): Field {
  const fact: [number, string, string, Label] = [field.number, field.name, typeOf(field), labelOf(field)];
  return field.oneof ? [...fact, field.oneof.name] : fact;
}

function labelOf(field: DescField): Label {
  if (field.fieldKind === "map") return "map";
  if (field.fieldKind === "list") return "repeated";
  if (field.oneof) return "singular";
  if (field.presence === FeatureSet_FieldPresence.LEGACY_REQUIRED) return "required";
  const isProto2 = field.parent.file.edition === Edition.EDITION_PROTO2;
  return isProto2 || field.proto.proto3Optional ? "optional" : "singular";
}

function typeOf(field: DescField): string {
  const value = field.message?.typeName ?? field.enum?.typeName ?? scalarName(field.scalar);
  return field.fieldKind === "map" ? `map<${scalarName(field.mapKey)}, ${value}>` : value;
}

function scalarName(scalar: ScalarType | undefined): string {
  return scalar === undefined ? "" : ScalarType[scalar].toLowerCase();
}

function valuesOf(desc: DescEnum): [number, string][] {
  return desc.values.map((value): [number, string] => [value.number, value.name]).sort(byNumber);
}

function methodsIn(service: DescService): Record<string, Method> {
  const rows = service.methods.map((method): [string, Method] => [
    method.name,
    [method.input.typeName, method.output.typeName, method.methodKind],
  ]);
  return Object.fromEntries(rows);
}

function reservedInMessage(message: DescMessage): [string, [number, number][]] {
  // The end of a range is the first number after it in messages, and the last number in it in enums.
  return [localName(message), message.proto.reservedRange.map(({ start, end }) => [start, end - 1])];
}

function reservedInEnum(desc: DescEnum): [string, [number, number][]] {
  return [localName(desc), desc.proto.reservedRange.map(({ start, end }) => [start, end])];
}
