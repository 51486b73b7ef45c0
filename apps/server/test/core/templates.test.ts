import { createClient } from "@connectrpc/connect";
import { AmeService } from "@tributary/proto/ame/v1/ame_pb";
import { ProjectService } from "@tributary/proto/tributary/v1/projects_pb";
import { afterAll, beforeAll, expect, it } from "vitest";
import { hello } from "#test/facades/suite.ts";
import { type InProcess, openInProcess } from "#test/in-process.ts";

let server: InProcess;
beforeAll(async () => {
  server = await openInProcess();
});
afterAll(() => server.close());

const push = (cfg: object) => createClient(AmeService, server.transport()).createProject({ cfg });
const taskOf = async (name: string) => {
  const { projects } = await createClient(ProjectService, server.transport()).listProjects({});
  return projects.find((project) => project.name === name)?.tasks[0];
};

it("merges templates of templates over projects, and only what is set overrides", async () => {
  const { executor } = hello;
  await push({ name: "shared", templates: [{ name: "base", executor, resources: { cpu: "1", memory: "1Gi" } }] });
  await push({
    name: "user",
    templates: [
      { name: "middle", fromTemplate: { name: "base", project: "shared" }, env: [{ key: "A", val: "middle" }] },
    ],
    tasks: [{ name: "run", fromTemplate: { name: "middle" }, resources: { cpu: "2" } }],
  });
  expect(await taskOf("user")).toMatchObject({
    problem: "",
    command: "echo hi",
    resources: { cpu: "2" },
    variables: [{ name: "A", value: "middle" }],
  });
  expect((await taskOf("user"))?.resources).toEqual({ cpu: "2" });
});

it.each([
  [
    "missing-template",
    [{ name: "a", fromTemplate: { name: "b" } }],
    /has no template b; it has: a \(run → .*a → .*b\)/,
  ],
  [
    "missing-project",
    [{ name: "a", fromTemplate: { name: "b", project: "nobody" } }],
    /there is no project nobody; add its source or push it first \(run → .*a → nobody\.b\)/,
  ],
  [
    "circle",
    [
      { name: "a", fromTemplate: { name: "b" } },
      { name: "b", fromTemplate: { name: "a" } },
    ],
    /lead back to themselves: run → circle\.a → circle\.b → circle\.a/,
  ],
])("tells the way to what is wrong: %s", async (name, templates, says) => {
  await push({ name, templates, tasks: [{ name: "run", fromTemplate: { name: "a" } }] });
  expect((await taskOf(name))?.problem).toMatch(says);
});
