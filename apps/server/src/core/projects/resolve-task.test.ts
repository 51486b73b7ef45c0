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

  it("installs requirements.txt for pip", () => {
    const task: TaskDefinition = {
      ...empty,
      name: "t",
      executor: { kind: "pip", pythonVersion: "3.11", command: "x" },
    };
    expect(toRunSpec(task, inputs).environment).toEqual({
      kind: "python",
      version: "3.11",
      lock: { kind: "pip", file: "requirements.txt" },
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
    [{ ...empty, name: "t", executor: { kind: "mlflow" } as const }, "!mlflow of task t cannot be run"],
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
