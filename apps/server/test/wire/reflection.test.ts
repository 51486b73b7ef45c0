import http from "node:http";
import { create, createFileRegistry, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type FileDescriptorProto, FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { Code, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import grpc from "@grpc/grpc-js";
import { AmeService } from "@tributary/proto/ame/v1/ame_pb";
import type { ServerReflectionRequest } from "@tributary/proto/grpc/reflection/v1/reflection_pb";
import { ServerReflection } from "@tributary/proto/grpc/reflection/v1/reflection_pb";
import { ServerReflection as ServerReflectionV1Alpha } from "@tributary/proto/grpc/reflection/v1alpha/reflection_pb";
import { GrpcReflection } from "grpc-js-reflection-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { facadesOf } from "#server/app.ts";
import { type AppServer, startApp } from "./app/app-server.ts";

let server: AppServer;
beforeAll(async () => {
  server = await startApp();
});
afterAll(() => server.close());

type Question = ServerReflectionRequest["messageRequest"];

/** Asks all questions on one stream; one answer each, in order. */
async function ask(transport: Transport, ...questions: readonly Question[]) {
  const client = createClient(ServerReflection, transport);
  const answers = [];
  async function* requests() {
    for (const messageRequest of questions) yield { host: "here", messageRequest };
  }
  for await (const answer of client.serverReflectionInfo(requests())) answers.push(answer);
  expect(answers.map(({ originalRequest }) => originalRequest?.messageRequest)).toEqual(questions);
  return answers.map(({ messageResponse }) => messageResponse);
}

const grpcTransport = () => createGrpcTransport({ baseUrl: server.url });

async function filesOf(question: Question): Promise<FileDescriptorProto[]> {
  const [answer] = await ask(grpcTransport(), question);
  if (answer?.case !== "fileDescriptorResponse") throw new Error(JSON.stringify(answer));
  return answer.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
}

/** The order that a registry wants. */
function importedFirst(files: readonly FileDescriptorProto[]): FileDescriptorProto[] {
  const ordered = new Set<FileDescriptorProto>();
  const visit = (file: FileDescriptorProto) => {
    for (const name of file.dependency) for (const one of files) if (one.name === name) visit(one);
    ordered.add(file);
  };
  for (const file of files) visit(file);
  return [...ordered];
}

const mounted = () =>
  facadesOf(server.inside.ports, { version: "", store: "", auth: "", dataFolder: "", startedAt: 0 }).flatMap(
    // What clients of a dialect read otherwise has a name that is told of already.
    ({ services }) => services.flatMap(({ desc, clientDialect }) => (clientDialect === undefined ? desc : [])),
  );

describe("grpc.reflection.v1.ServerReflection.ServerReflectionInfo", () => {
  test.each([
    ["gRPC", () => createGrpcTransport({ baseUrl: server.url })],
    ["gRPC-web over HTTP/2", () => createGrpcWebTransport({ baseUrl: server.url, httpVersion: "2" })],
    ["Connect over HTTP/2", () => createConnectTransport({ baseUrl: server.url, httpVersion: "2" })],
  ])("lists every service over %s", async (_name, transport) => {
    const [answer] = await ask(transport(), { case: "listServices", value: "" });
    if (answer?.case !== "listServicesResponse") throw new Error(JSON.stringify(answer));
    const names = answer.value.service.map(({ name }) => name);
    const standard = [
      "grpc.health.v1.Health",
      "grpc.reflection.v1.ServerReflection",
      "grpc.reflection.v1alpha.ServerReflection",
    ];
    expect(names).toEqual([...mounted().map(({ typeName }) => typeName), ...standard].sort());
  });

  test("answers files that describe every method as it is served, with all that they import", async () => {
    for (const service of mounted()) {
      const files = await filesOf({ case: "fileContainingSymbol", value: service.typeName });
      expect(files[0]?.name).toBe(service.file.proto.name);
      const known = new Set(files.map(({ name }) => name));
      for (const { dependency } of files) for (const name of dependency) expect(known).toContain(name);
      const file = importedFirst(files);
      const told = createFileRegistry(create(FileDescriptorSetSchema, { file })).getService(service.typeName);
      const shape = (methods: NonNullable<typeof told>["methods"]) =>
        methods.map(({ name, methodKind, input, output }) => [name, methodKind, input.typeName, output.typeName]);
      expect(shape(told?.methods ?? [])).toEqual(shape(service.methods));
    }
  });

  test("finds files by name, of proto2 and of Flyte too", async () => {
    const [agent] = await filesOf({ case: "fileContainingSymbol", value: "Agent" });
    // No syntax is how descriptors say proto2.
    expect(agent).toMatchObject({ name: "agent/AgentService.proto", syntax: "", service: [{ name: "Agent" }] });
    const [identifier] = await filesOf({ case: "fileByFilename", value: "flyteidl/core/identifier.proto" });
    expect(identifier).toMatchObject({ package: "flyteidl.core" });
    const [descriptor] = await filesOf({ case: "fileByFilename", value: "google/protobuf/descriptor.proto" });
    expect(descriptor?.messageType.map(({ name }) => name)).toContain("FileDescriptorProto");
  });

  test.each([
    "ame.v1.AmeService.RunTask",
    "ame.v1.TaskIdentifier",
    "ame.v1.TaskIdentifier.name",
    "tributary.v1.TASK_STATE_QUEUED",
    "tributary.v1.TaskState",
    "buf.validate.field",
  ])("finds the file of %s", async (value) => {
    const [file] = await filesOf({ case: "fileContainingSymbol", value });
    expect(value).toContain(file?.package);
  });

  test("knows extensions and their numbers", async () => {
    const extended = "google.protobuf.FieldOptions";
    const [numbers, none, unknown, file] = await ask(
      grpcTransport(),
      { case: "allExtensionNumbersOfType", value: extended },
      { case: "allExtensionNumbersOfType", value: "ame.v1.TaskIdentifier" },
      { case: "allExtensionNumbersOfType", value: "no.such.Message" },
      {
        case: "fileContainingExtension",
        value: {
          $typeName: "grpc.reflection.v1.ExtensionRequest",
          containingType: extended,
          extensionNumber: 1159,
        },
      },
    );
    expect(numbers).toMatchObject({ value: { baseTypeName: extended, extensionNumber: [1159] } });
    expect(none).toMatchObject({ value: { extensionNumber: [] } });
    expect(unknown).toMatchObject({ case: "errorResponse", value: { errorCode: Code.NotFound } });
    if (file?.case !== "fileDescriptorResponse") throw new Error(JSON.stringify(file));
    const [bytes = new Uint8Array()] = file.value.fileDescriptorProto;
    expect(fromBinary(FileDescriptorProtoSchema, bytes).name).toBe("buf/validate/validate.proto");
  });

  test("keeps the options that our own fields state", async () => {
    const [file] = await filesOf({ case: "fileByFilename", value: "tributary/v1/tasks.proto" });
    const original = mounted().find(({ typeName }) => typeName === "tributary.v1.TaskService")?.file.proto;
    expect(file && toBinary(FileDescriptorProtoSchema, file)).toEqual(
      original && toBinary(FileDescriptorProtoSchema, original),
    );
  });

  test("tells what it does not know, and the stream goes on", async () => {
    const answers = await ask(
      grpcTransport(),
      { case: "fileByFilename", value: "no/such.proto" },
      { case: "fileContainingSymbol", value: "no.such.Symbol" },
      { case: undefined },
      { case: "fileByFilename", value: "ame/v1/ame.proto" },
    );
    expect(answers).toMatchObject([
      { case: "errorResponse", value: { errorCode: Code.NotFound, errorMessage: "there is no file no/such.proto" } },
      { case: "errorResponse", value: { errorCode: Code.NotFound, errorMessage: "there is no symbol no.such.Symbol" } },
      { case: "errorResponse", value: { errorCode: Code.InvalidArgument } },
      { case: "fileDescriptorResponse" },
    ]);
  });

  test("sends on one stream no import twice", async () => {
    const question: Question = { case: "fileContainingSymbol", value: "flyteidl.service.AdminService" };
    const again: Question = { case: "fileContainingSymbol", value: "flyteidl.service.SignalService" };
    const counts = (await ask(grpcTransport(), question, question, again)).map((answer) =>
      answer.case === "fileDescriptorResponse" ? answer.value.fileDescriptorProto.length : 0,
    );
    expect(counts[0]).toBeGreaterThan(20);
    expect(counts[1]).toBe(1);
    expect(counts[2]).toBeLessThan(counts[0] ?? 0);
  });
});

test("grpc.reflection.v1alpha answers the same", async () => {
  const client = createClient(ServerReflectionV1Alpha, grpcTransport());
  async function* requests() {
    yield { messageRequest: { case: "fileContainingSymbol" as const, value: "ame.v1.AmeService" } };
  }
  for await (const { messageResponse } of client.serverReflectionInfo(requests())) {
    if (messageResponse.case !== "fileDescriptorResponse") throw new Error(JSON.stringify(messageResponse));
    const [bytes = new Uint8Array()] = messageResponse.value.fileDescriptorProto;
    expect(fromBinary(FileDescriptorProtoSchema, bytes).name).toBe(AmeService.file.proto.name);
  }
});

describe.each(["v1", "v1alpha"])("a reflection client of others over %s", (version) => {
  test("finds services and their methods", async () => {
    const client = new GrpcReflection(`127.0.0.1:${server.port}`, grpc.credentials.createInsecure(), {}, version);
    expect(await client.listServices()).toContain("ame.v1.AmeService");
    const methods = await client.listMethods("ame.v1.AmeService");
    expect(methods.map(({ name }) => name)).toContain("RunTask");
    expect(await client.listMethods("flyteidl.service.AdminService")).not.toHaveLength(0);
  });

  test("learns enough to make a call", async () => {
    const address = `127.0.0.1:${server.port}`;
    const reflection = new GrpcReflection(address, grpc.credentials.createInsecure(), {}, version);
    const descriptor = await reflection.getDescriptorBySymbol("tributary.v1.SystemService");
    // biome-ignore lint/suspicious/noExplicitAny: grpc-js makes clients whose types nobody knows beforehand
    const { tributary } = descriptor.getPackageObject() as any;
    const client = new tributary.v1.SystemService(address, grpc.credentials.createInsecure());
    const system = await new Promise((resolve, reject) => {
      client.getSystem({}, (error: Error | null, answer: unknown) => (error ? reject(error) : resolve(answer)));
    });
    expect(system).toMatchObject({ version: "test", principal: "local" });
    client.close();
  });
});

describe("over HTTP/1.1, which has no streams both ways", () => {
  test.each([
    ["Connect", () => createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" })],
    ["gRPC-web", () => createGrpcWebTransport({ baseUrl: server.url, httpVersion: "1.1" })],
  ])("%s clients are told to use HTTP/2", async (_name, transport) => {
    await expect(ask(transport(), { case: "listServices", value: "" })).rejects.toMatchObject({
      code: Code.Unimplemented,
      rawMessage: expect.stringMatching(/HTTP\/2/),
    });
  });

  test("the connection is not used again", async () => {
    const path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
    const headers = { "content-type": "application/connect+json" };
    const request = http.request(`${server.url}${path}`, { method: "POST", headers });
    request.end();
    const response = await new Promise<http.IncomingMessage>((resolve) => request.once("response", resolve));
    expect(response.headers.connection).toBe("close");
    response.resume();
  });
});
