import { clone, createFileRegistry } from "@bufbuild/protobuf";
import {
  type DescriptorProto,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { file_ame_v1_ame } from "../gen/ame/v1/ame_pb.js";
import { readWireTable, type WireFile, wireFileOf } from "./wire-table.ts";

const path = "ame/v1/ame.proto";

/** AME's wire file after one change of its descriptors. */
function ameAfter(change: (proto: FileDescriptorProto) => void): WireFile {
  const proto = clone(FileDescriptorProtoSchema, file_ame_v1_ame.proto);
  change(proto);
  const file = createFileRegistry(proto, () => undefined).getFile(path);
  if (!file) throw new Error(`the registry has no ${path}`);
  return wireFileOf(file);
}

function named<T extends { name: string }>(all: T[], name: string): T {
  const found = all.find((each) => each.name === name);
  if (!found) throw new Error(`there is no ${name}`);
  return found;
}

function message(proto: FileDescriptorProto, name: string): DescriptorProto {
  return named(proto.messageType, name);
}

function method(proto: FileDescriptorProto, name: string) {
  return named(named(proto.service, "AmeService").method, name);
}

const changes: [string, (proto: FileDescriptorProto) => void][] = [
  ["the number of a field", (proto) => (named(message(proto, "TaskCfg").field, "secrets").number = 15)],
  ["the name of a field", (proto) => (named(message(proto, "TaskRef").field, "project").name = "Project")],
  ["the type of a field", (proto) => (named(message(proto, "EnvVar").field, "val").type = Type.BYTES)],
  [
    "the message of a field",
    (proto) => (named(message(proto, "TaskCfg").field, "taskRef").typeName = ".ame.v1.TemplateRef"),
  ],
  ["a label to repeated", (proto) => (named(message(proto, "FileChunk").field, "contents").label = Label.REPEATED)],
  [
    "the value of a map",
    (proto) => (named(message(proto, "TaskCfg").nestedType[0]?.field ?? [], "value").type = Type.INT64),
  ],
  ["the presence of a field", (proto) => (named(message(proto, "TaskRef").field, "name").proto3Optional = true)],
  ["the name of a oneof", (proto) => (named(message(proto, "TaskStatus").oneofDecl, "phase").name = "state")],
  ["a missing field", (proto) => message(proto, "AmeSecret").field.pop()],
  ["an extra field", (proto) => message(proto, "Empty").field.push({ ...message(proto, "TaskId").field[0]! })],
  ["a missing message", (proto) => proto.messageType.splice(proto.messageType.indexOf(message(proto, "TaskId")), 1)],
  ["an extra message", (proto) => proto.messageType.push({ ...message(proto, "Empty"), name: "Extra" })],
  ["the number of an enum value", (proto) => (named(named(proto.enumType, "TaskType").value, "Poetry").number = 3)],
  ["the name of an enum value", (proto) => (named(named(proto.enumType, "TaskType").value, "Poetry").name = "Pip")],
  ["the name of a method", (proto) => (method(proto, "GetTask").name = "ReadTask")],
  ["the request of a method", (proto) => (method(proto, "GetTask").inputType = ".ame.v1.TaskId")],
  ["the response of a method", (proto) => (method(proto, "GetTask").outputType = ".ame.v1.TaskRef")],
  ["a stream of requests", (proto) => (method(proto, "UploadProjectFile").clientStreaming = false)],
  ["a stream of responses", (proto) => (method(proto, "GetTask").serverStreaming = true)],
  ["an extra method", (proto) => proto.service[0]?.method.push({ ...method(proto, "GetTask"), name: "Extra" })],
];

test("an unchanged copy is as in the wire table", () => {
  expect(ameAfter(() => {})).toEqual(readWireTable("ame").files[path]);
});

test.each(changes)("a change of %s is seen", (_, change) => {
  expect(ameAfter(change)).not.toEqual(readWireTable("ame").files[path]);
});
