import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { Agent } from "../gen/agent/AgentService_pb.js";
import { ResponseCode, RunJobRequestSchema, RunJobResponseSchema } from "../gen/agent/RunJob_pb.js";

test("paths have no package", () => {
  expect(Agent.methods.map((method) => `/${Agent.typeName}/${method.name}`)).toEqual([
    "/Agent/StageInFiles",
    "/Agent/RunJob",
  ]);
});

test("an explicit WAIT is written although it is zero", () => {
  const bytes = toBinary(RunJobResponseSchema, create(RunJobResponseSchema, { code: ResponseCode.WAIT }));
  expect([...bytes]).toEqual([0x08, 0x00]);
});

test("a response without its required code cannot be written", () => {
  expect(() => toBinary(RunJobResponseSchema, create(RunJobResponseSchema))).toThrow("required");
});

test("a request without its required job is read, and says so", () => {
  const request = fromBinary(RunJobRequestSchema, new Uint8Array());
  expect(request.job).toBeUndefined();
});
