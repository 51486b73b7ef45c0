import { expect, it } from "vitest";
import { root } from "../root.ts";
import { faultsOf } from "../tree-rules.ts";

const faults = (path: string, text: string) => faultsOf(path, Buffer.from(text));

it("find nothing in ordinary files", () => {
  const text = 'import { root } from "./root.ts";\n// /workers/ and a/work/ are no folders of this machine\n';
  expect(faults("apps/server/src/core/tasks/submit-task.ts", text)).toEqual([]);
  expect(faults("proto/flyte/flyteidl/service/admin.proto", "")).toEqual([]);
  expect(faults("pnpm-lock.yaml", "\n".repeat(5000))).toEqual([]);
});

it.each([
  [`see ${root}/README.md`, "names a folder of this machine"],
  [`"/${"work"}"`, "names a folder of this machine"],
  [`cd /${"work"}/x`, "names a folder of this machine"],
  [`https://${["registry", "npmjs", "org"].join(".")}/x`, "names a package registry"],
  ["\n".repeat(601), "has 601 lines"],
  ["x".repeat(600_000), "is larger than 512 KiB"],
  [`a\n${"<".repeat(7)} HEAD\nb`, "has marks of a conflict"],
  [`a\n${">".repeat(7)} theirs`, "has marks of a conflict"],
])("find what does not belong there", (text, fault) => {
  expect(faults("docs/x.ts", text)).toContainEqual(expect.stringContaining(fault));
});

it.each(["utils.ts", "src/helpers.test.ts", "src/lib/common.tsx", "data.py"])("find the empty name %s", (path) => {
  expect(faults(path, "")).toEqual([expect.stringContaining("name that says nothing")]);
});
