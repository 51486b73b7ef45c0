import { createRegistry } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { loadGeneratedFiles } from "./generated-files.ts";
import { readWireTable, wireFileOf } from "./wire-table.ts";

const generated = await loadGeneratedFiles();
const registry = createRegistry(...generated);

describe.each(["ame", "taskqueue", "scitq", "agent", "armonik", "flyteidl"])("%s", (dialect) => {
  const { files } = readWireTable(dialect);
  const packages = new Set(Object.values(files).map((file) => file.package));
  const ours = generated.filter((file) => packages.has(file.proto.package));

  test("has the files of the wire table and no other", () => {
    expect(ours.map((file) => file.proto.name).sort()).toEqual(Object.keys(files).sort());
  });

  test.each(ours.map((file) => [file.proto.name, file] as const))("%s is as in the wire table", (path, file) => {
    expect(wireFileOf(file)).toEqual(files[path]);
  });
});

describe("services", () => {
  test("of two dialects have one name and stay apart", () => {
    expect(registry.getService("Agent")?.file.proto.name).toBe("agent/AgentService.proto");
    expect(registry.getService("armonik.api.grpc.v1.agent.Agent")?.methods).toHaveLength(8);
  });

  test.each([
    ["ame.v1.AmeService", 23],
    ["taskqueue.TaskQueue", 10],
    ["flyteidl.service.AdminService", 56],
  ])("%s has %d methods", (name, count) => {
    expect(registry.getService(name)?.methods).toHaveLength(count);
  });

  test("of reflection are the same in v1 and v1alpha, but for the package", () => {
    const [v1, v1alpha] = ["v1", "v1alpha"].map((version) => {
      const file = generated.find((each) => each.proto.package === `grpc.reflection.${version}`);
      return JSON.stringify(file && wireFileOf(file)).replaceAll(`grpc.reflection.${version}`, "reflection");
    });
    expect(v1).toContain("ServerReflectionInfo");
    expect(v1alpha).toBe(v1);
  });
});
