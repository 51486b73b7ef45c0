import { join } from "node:path";
import { expect, it } from "vitest";
import { listRpcs } from "../docs-tables/list-rpcs.ts";
import { markdownTable, replaceMarkedPart } from "../docs-tables/marked-part.ts";
import { servedBy } from "../docs-tables/served-by.ts";
import { shownBy } from "../docs-tables/shown-by.ts";
import { root } from "../root.ts";
import { temporaryFolder, writeFiles } from "./temporary-folder.ts";

const rpc = (service: string, name: string) => ({
  fullName: `${service}.${name}`,
  service,
  serviceName: service.split(".").at(-1) ?? "",
  name,
  localName: `${name[0]?.toLowerCase()}${name.slice(1)}`,
  kind: "unary",
});

it("a marked part is replaced, and nothing around it", () => {
  const page = "# A\n\n<!-- rpcs -->\nold\n<!-- /rpcs -->\n\nmore\n";
  const renewed = replaceMarkedPart(page, "rpcs", "new $& text");
  expect(renewed).toBe("# A\n\n<!-- rpcs -->\n\nnew $& text\n\n<!-- /rpcs -->\n\nmore\n");
  expect(replaceMarkedPart(renewed, "rpcs", "new $& text")).toBe(renewed);
  expect(() => replaceMarkedPart("# A\n", "rpcs", "x")).toThrow("has no <!-- rpcs -->");
});

it("a table keeps bars within cells", () => {
  expect(markdownTable(["a", "b"], [["1|2", "3"]])).toBe("| a | b |\n| --- | --- |\n| 1\\|2 | 3 |");
});

it("RPCs are read from generated code, with their kinds", async () => {
  const rpcs = await listRpcs(join(root, "proto/gen/ame"));
  expect(rpcs).toContainEqual({
    fullName: "ame.v1.AmeService.UploadProjectFile",
    service: "ame.v1.AmeService",
    serviceName: "AmeService",
    name: "UploadProjectFile",
    localName: "uploadProjectFile",
    kind: "client stream",
  });
  await expect(listRpcs(temporaryFolder())).rejects.toThrow("run npm run generate");
});

it("a test shows an RPC whose full name is in quotes, and no other", () => {
  const folder = temporaryFolder();
  writeFiles(folder, {
    "apps/server/test/a.test.ts": `describe("Agent.RunJob", () => {});\n// x.v1.S.InComment`,
    "apps/server/test/wire/b.test.ts": "rpc(`x.v1.S.Get, x.v1.S.List`, () => {});",
    "apps/server/test/not-a-test.ts": `const name = "x.v1.S.Put";`,
    "clients/python/tests/test_c.py": `"""x.v1.S.Watch"""`,
  });
  const shown = shownBy(folder);
  expect(shown("x.v1.S.Get")).toEqual(["apps/server/test/wire/b.test.ts"]);
  expect(shown("x.v1.S.List")).toEqual(["apps/server/test/wire/b.test.ts"]);
  expect(shown("x.v1.S.Watch")).toEqual(["clients/python/tests/test_c.py"]);
  expect(shown("Agent.RunJob")).toEqual(["apps/server/test/a.test.ts"]);
  for (const other of ["x.v1.S.Lis", "v1.S.List", "x.v1.S.Put", "x.v1.S.InComment"]) expect(shown(other)).toEqual([]);
});

it("an RPC is served by the file that defines its handler for its service, or for a reason by none", async () => {
  const folder = temporaryFolder();
  writeFiles(folder, {
    "apps/server/src/facades/x/index.ts": `
      import { notServed } from "${join(root, "apps/server/src/rpc/facade.ts")}";
      import { tasks } from "./tasks.ts";
      import { sessions } from "./sessions.ts";
      const desc = (name) => ({ typeName: "x." + name, name, file: { proto: { package: "x" } } });
      export const xFacade = ({ store }) => ({
        services: [
          { desc: desc("Tasks"), implementation: { ...tasks(store.view), ...notServed("later", "drop") } },
          { desc: desc("Sessions"), implementation: sessions() },
        ],
        routes: [],
      });`,
    "apps/server/src/facades/x/tasks.ts": `/** Tasks */\nexport const tasks = (view) => ({\n  async *list() { view.drop(); },\n});`,
    "apps/server/src/facades/x/sessions.ts": `/** Sessions */\nexport const sessions = () => ({\n  list: () => 1,\n});`,
  });
  const served = await servedBy(folder, "x");
  expect(served(rpc("x.Tasks", "List"))).toEqual({
    path: "/x.Tasks/List",
    files: ["apps/server/src/facades/x/tasks.ts"],
  });
  expect(served(rpc("x.Sessions", "List"))).toEqual({
    path: "/x.Sessions/List",
    files: ["apps/server/src/facades/x/sessions.ts"],
  });
  expect(served(rpc("x.Tasks", "Drop"))).toEqual({ path: "/x.Tasks/Drop", files: [], whyNot: "later" });
  expect(served(rpc("x.Other", "Get"))).toEqual({ path: "/x.Other/Get", files: [], whyNot: "no façade has it" });
});
