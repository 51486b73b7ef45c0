import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";

import { toProblem, toSentence } from "#api/errors.ts";

/** Bytes of a `buf.validate.Violations` as its schema would write them, with fields that this page does not read. */
function violations(...all: readonly { readonly path: readonly string[]; readonly message: string }[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const { path, message } of all) {
    writer.tag(1, WireType.LengthDelimited).fork();
    writer.tag(5, WireType.LengthDelimited).fork();
    for (const name of path) {
      writer.tag(1, WireType.LengthDelimited).fork();
      writer.tag(1, WireType.Varint).int32(7).tag(2, WireType.LengthDelimited).string(name).join();
    }
    writer.join();
    writer.tag(2, WireType.LengthDelimited).string("string.min_len");
    writer.tag(3, WireType.LengthDelimited).string(message).join();
  }
  return writer.finish();
}

function refused(value: Uint8Array): ConnectError {
  const error = new ConnectError("invalid request", Code.InvalidArgument);
  error.details.push({ type: "buf.validate.Violations", value });
  return error;
}

test("violations are told by field", () => {
  const problem = toProblem(
    refused(
      violations({ path: ["settings", "repository"], message: "must not be empty" }, { path: ["key"], message: "" }),
    ),
  );
  expect(problem.fields).toEqual({ "settings.repository": "Must not be empty.", key: "This value is not allowed." });
});

test("details that do not parse leave the message", () => {
  const problem = toProblem(refused(new Uint8Array([10, 200, 1])));
  expect(problem.fields).toEqual({});
  expect(problem.message).toBe("Invalid request.");
});

test("a fetch that reached nothing is an unreachable server", () => {
  const wrapped = new ConnectError("fetch failed", Code.Unknown, undefined, undefined, new TypeError("fetch failed"));
  for (const error of [new TypeError("Failed to fetch"), wrapped]) {
    expect(toProblem(error).title).toBe("The server cannot be reached");
  }
});

test("a fault's own text is not shown", () => {
  expect(toProblem(new ConnectError("TypeError: x is not a function", Code.Internal)).message).not.toContain(
    "TypeError",
  );
});

test("a refusal is said in the server's words", () => {
  expect(toSentence(new ConnectError("task 7 has ended already", Code.FailedPrecondition))).toBe(
    "Task 7 has ended already.",
  );
});
