import { describe, expect, it } from "vitest";
import type { TaskDefinition } from "#core/projects/project.ts";
import { findTemplate, mergeTemplate } from "#core/projects/resolve-task.ts";
import { toRunSpec } from "#core/projects/to-run-spec.ts";

const empty: TaskDefinition = { resources: {}, dataSets: [], variables: [], secrets: [] };
const template: TaskDefinition = {
  ...empty,
  name: "small",
  executor: { kind: "custom", pythonVersion: "3", command: "from template" },
  resources: { cpu: "1", memory: "1Gi" },
  variables: [{ name: "A", value: "template" }],
  artifacts: { saveChangedFiles: true, paths: [] },
};

describe("a task with its template", () => {
  it("takes everything that it does not set itself", () => {
    expect(mergeTemplate(template, { ...empty, name: "t", fromTemplate: { name: "small" } })).toEqual({
      ...template,
      name: "t",
    });
  });

  it("replaces whole fields and does not mix maps and lists", () => {
    const merged = mergeTemplate(template, {
      ...empty,
      name: "t",
      resources: { cpu: "2" },
      variables: [{ name: "B", value: "task" }],
    });
    expect(merged.resources).toEqual({ cpu: "2" });
    expect(merged.variables).toEqual([{ name: "B", value: "task" }]);
    expect(merged.executor).toEqual(template.executor);
  });

  it("names the templates there are when it asks for another", () => {
    const project = { definition: { name: "churn", tasks: [], models: [], dataSets: [], templates: [template] } };
    expect(() => findTemplate(project, { name: "large" })).toThrow("has no template large; it has: small");
  });
});

describe("what is run", () => {
  const inputs = { kind: "none" } as const;

  it("is a shell command with the wanted Python first on the path", () => {
    expect(toRunSpec({ ...template, name: "t" }, inputs)).toMatchObject({
      command: { kind: "shell", script: "from template" },
      environment: { kind: "python", version: "3" },
      outputs: { saveChangedFiles: true, paths: [] },
    });
  });

  it.each([
    [{ kind: "pip", pythonVersion: "3.11", command: "x" }, "x", "3.11", { kind: "pip", file: "requirements.txt" }],
    [{ kind: "poetry", pythonVersion: "3.10.9", command: "x" }, "x", "3.10.9", { kind: "poetry", file: "poetry.lock" }],
    [{ kind: "pipEnv", command: "x" }, "x", "", { kind: "pipenv", file: "Pipfile.lock" }],
    [{ kind: "mlflow" }, "mlflow run . --env-manager=local", "", { kind: "mlflow", file: "MLproject" }],
  ] as const)("of the executor %j has its packages from the project's own files", (executor, script, version, lock) => {
    const spec = toRunSpec({ ...empty, name: "t", executor }, inputs);
    expect(spec.command).toEqual({ kind: "shell", script });
    expect(spec.environment).toEqual({ kind: "python", version, lock });
  });

  it("takes a template's executor", () => {
    const executor = { kind: "mlflow" } as const;
    const merged = mergeTemplate(
      { ...empty, name: "flow", executor },
      { ...empty, name: "t", resources: { cpu: "1" } },
    );
    expect(toRunSpec(merged, inputs)).toMatchObject({
      environment: { lock: { kind: "mlflow" } },
      resources: { cpu: "1" },
    });
  });

  it("lets a run replace variables by name, resources, retries and the time limit", () => {
    const spec = toRunSpec({ ...template, name: "t" }, inputs, {
      variables: [
        { name: "A", value: "run" },
        { name: "C", value: "new" },
      ],
      resources: { memory: "2Gi" },
      userRetries: 2,
      timeLimit: 5_000,
    });
    expect(spec.variables).toEqual([
      { name: "A", value: "run" },
      { name: "C", value: "new" },
    ]);
    expect(spec.resources).toEqual({ cpu: "1", memory: "2Gi" });
    expect(spec).toMatchObject({ userRetries: 2, timeLimit: 5_000 });
  });

  it.each([
    [{ ...empty, name: "t" }, "has none"],
    [{ ...empty, name: "t", taskRef: { name: "x" } }, "taskRef is only followed in models"],
    [{ ...empty, name: "t", executor: { kind: "pipEnv", command: "" } as const }, "command: is empty"],
    [
      { ...empty, name: "t", executor: { kind: "poetry", pythonVersion: ">=3.10", command: "x" } as const },
      "is not a Python version",
    ],
    [
      { ...template, name: "t", executor: { kind: "custom", pythonVersion: "3", command: " " } as const },
      "command: is empty",
    ],
    [
      { ...template, name: "t", executor: { kind: "pip", pythonVersion: "3;rm", command: "x" } as const },
      "is not a Python version",
    ],
  ])("refuses what cannot be run, and says why", (task, why) => {
    expect(() => toRunSpec(task as TaskDefinition, inputs)).toThrow(why);
  });
});
