import { create, toBinary } from "@bufbuild/protobuf";
import { fileDesc, type GenService, serviceDesc } from "@bufbuild/protobuf/codegenv2";
import {
  type BytesValueSchema,
  FileDescriptorProtoSchema,
  file_google_protobuf_wrappers,
  type Int32ValueSchema,
  MethodOptions_IdempotencyLevel,
  type StringValueSchema,
} from "@bufbuild/protobuf/wkt";

const bytes = ".google.protobuf.BytesValue";
const text = ".google.protobuf.StringValue";
const number = ".google.protobuf.Int32Value";

const file = create(FileDescriptorProtoSchema, {
  name: "listener/echo.proto",
  package: "listener.echo",
  syntax: "proto3",
  dependency: ["google/protobuf/wrappers.proto"],
  service: [
    {
      name: "Echo",
      method: [
        { name: "Say", inputType: bytes, outputType: bytes },
        {
          name: "Read",
          inputType: text,
          outputType: text,
          options: { idempotencyLevel: MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS },
        },
        { name: "Hold", inputType: text, outputType: text },
        { name: "Finish", inputType: text, outputType: text },
        { name: "Follow", inputType: text, outputType: text, serverStreaming: true },
        { name: "Gather", inputType: bytes, outputType: number, clientStreaming: true },
        { name: "Chat", inputType: text, outputType: text, clientStreaming: true, serverStreaming: true },
      ],
    },
  ],
});

/** A service over well-known messages, described here so that no generated code is needed. */
export const Echo: GenService<{
  say: { methodKind: "unary"; input: typeof BytesValueSchema; output: typeof BytesValueSchema };
  read: { methodKind: "unary"; input: typeof StringValueSchema; output: typeof StringValueSchema };
  hold: { methodKind: "unary"; input: typeof StringValueSchema; output: typeof StringValueSchema };
  finish: { methodKind: "unary"; input: typeof StringValueSchema; output: typeof StringValueSchema };
  follow: { methodKind: "server_streaming"; input: typeof StringValueSchema; output: typeof StringValueSchema };
  gather: { methodKind: "client_streaming"; input: typeof BytesValueSchema; output: typeof Int32ValueSchema };
  chat: { methodKind: "bidi_streaming"; input: typeof StringValueSchema; output: typeof StringValueSchema };
}> = serviceDesc(
  fileDesc(Buffer.from(toBinary(FileDescriptorProtoSchema, file)).toString("base64"), [file_google_protobuf_wrappers]),
  0,
);
