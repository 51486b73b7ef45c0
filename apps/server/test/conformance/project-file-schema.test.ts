import { readFile } from "node:fs/promises";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { yamlProjectFileReader } from "#adapters/project-file-reader/yaml/index.ts";
import { everything } from "./project-file-reader.ts";

const reader = yamlProjectFileReader();
const fits = new Ajv({ allowUnionTypes: true }).compile(reader.schema);
/** As an editor reads it, that does not mind tags. */
const read = (text: string): unknown => parse(text, { logLevel: "silent" });
const from = (path: string) => readFile(new URL(`../../../../${path}`, import.meta.url), "utf8");
const task = (line: string) => `name: x\ntasks:\n  - name: t\n    ${line}\n`;

describe("the JSON Schema of project files", () => {
  it.each([
    ["all that can be said", everything],
    ["the least", "name: x\n"],
    ["lists with nothing in them", "name: x\ntasks:\nmodels:\ntemplates:\ndataSets:\n"],
    ["!mlflow with nothing below", task("executor: !mlflow")],
    ["numbers as they are written", task("executor: !custom {pythonVersion: 3.10, command: 5}")],
    ["a model", "name: x\nmodels:\n  - name: m\n    training: {task: {taskRef: {name: t}}}\n"],
  ])("takes %s, like the reader", (_, text) => {
    expect(reader.read(text).problems.filter(({ warning }) => !warning)).toEqual([]);
    expect(fits(read(text)), JSON.stringify(fits.errors)).toBe(true);
  });

  it("takes the bundled example", async () => {
    expect(fits(read(await from("examples/churn/ame.yaml"))), JSON.stringify(fits.errors)).toBe(true);
  });

  it.each([
    "tasks: []\n",
    "name: [x]\n",
    "name: x\nproject: y\n",
    "name: x\ntasks: {}\n",
    "name: x\nzebra: 1\n",
    "name: x\nenableTriggers: perhaps\n",
    "name: x\nmodels:\n  - training: {}\n",
    "name: x\nmodels:\n  - name: m\n    type: mlflow\n",
    "name: x\nmodels:\n  - name: m\n    validation: {task: {}}\n",
    "name: x\ndataSets:\n  - name: d\n",
    ...[
      "environment: [{key: A, val: b}]",
      "env: [{name: A, value: b}]",
      "env: [{key: A}]",
      "artifacts: {saveChangedFiles: true}",
      "artifactCfg: {paths: [a]}",
      "taskRef: t",
      "fromTemplate: other.thing",
      "templateRef: {name: a}",
      "dataSets: [{ref: {name: a, project: b}}]",
      "secrets: [{key: a, injectAs: B}]",
      "secrets: [{vault: {path: a}}]",
      "secrets: [{}]",
      "pipeline: [a]",
      "image: x",
      "executor: poetry",
      "executor: {pip: {pythonVersion: 3, command: x}}",
      "resources: {cpu: {a: b}}",
      "triggers: {cron: x}",
    ].map(task),
  ])("does not take what the reader refuses or warns of: %j", (text) => {
    expect(reader.read(text).problems).not.toEqual([]);
    expect(fits(read(text))).toBe(false);
  });

  it("is the one in the documentation", async () => {
    expect(JSON.parse(await from("docs/project-file.schema.json"))).toEqual(reader.schema);
  });
});
