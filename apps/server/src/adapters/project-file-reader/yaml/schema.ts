import { executorShape } from "./read-executor.ts";
import { dataSetShape, deploymentShape, modelShape, projectShape } from "./read-project.ts";
import { taskShape } from "./read-task.ts";

type Schema = Readonly<Record<string, unknown>>;

/** Any scalar: editors read `3.10` as a number, and it is taken as it is written. */
const text = (description: string): Schema => ({ type: ["string", "number", "boolean"], description });
const flag = (description: string): Schema => ({ type: "boolean", description });
const list = (items: Schema, description: string): Schema => ({ type: ["array", "null"], items, description });
const texts = (description: string): Schema => ({
  type: ["object", "null"],
  additionalProperties: text("as it is written"),
  description,
});
const part = (name: string): Schema => ({ $ref: `#/definitions/${name}` });

/** A mapping of known keys; the keys are those that the reader knows, and a key without words here does not compile. */
function object<Key extends string>(
  keys: readonly Key[],
  required: readonly Key[],
  properties: Readonly<Record<Key, Schema>>,
): Schema {
  const known = Object.fromEntries(keys.map((key) => [key, properties[key]]));
  return { type: "object", additionalProperties: false, ...(required.length > 0 && { required }), properties: known };
}

const reference = (what: string): Schema => ({
  ...object(["name", "project"], ["name"], {
    name: text(`Of the ${what}.`),
    project: text("The project that has it; the own one unless written."),
  }),
  description: `A ${what}, of this project or of another.`,
});

const task = {
  ...object(taskShape.keys, [], {
    name: text("By which it is run and referred to."),
    executor: part("executor"),
    taskRef: { ...reference("task"), description: "For models: the task that is meant." },
    fromTemplate: reference("template"),
    resources: texts("As Kubernetes writes them: cpu 2, memory 4Gi, nvidia.com/gpu 1."),
    dataSets: list(text("name, or project.name"), "Data sets that it reads."),
    artifactCfg: {
      ...object(["saveChangedFiles", "paths"], ["saveChangedFiles"], {
        saveChangedFiles: flag("Keep all files that it made or changed."),
        paths: list(text("relative to the project"), "Keep these files and folders."),
      }),
      description: "What is kept of the files that it leaves.",
    },
    triggers: {
      ...object(["schedule"], [], { schedule: text('Cron with five fields, in UTC: "15 2 * * *".') }),
      description: "When it runs by itself.",
    },
    env: list(
      object(["key", "val"], ["key", "val"], { key: text("Name."), val: text("Value.") }),
      "Variables of its environment.",
    ),
    secrets: list(
      object(["ame"], ["ame"], {
        ame: object(["key", "injectAs"], ["key", "injectAs"], {
          key: text("Of the secret."),
          injectAs: text("Name of the variable that has its value."),
        }),
      }),
      "Secrets that it reads.",
    ),
    labels: texts("Words to find its runs by, as team: vision."),
  }),
  description: "Something that can be run, or a part of it.",
};

const executor = {
  anyOf: [
    { type: "null" },
    // A tag with nothing behind it is an empty text.
    { const: "" },
    object(executorShape.keys, [], {
      command: text("What a shell runs."),
      pythonVersion: text('Such as "3.11"; not for !pipEnv.'),
    }),
  ],
  description: "What runs it, by its tag: !poetry, !pip, !pipEnv, !mlflow or !custom.",
};

const model = object(modelShape.keys, ["name"], {
  name: text("By which it is registered."),
  training: { ...object(["task"], [], { task: part("task") }), description: "What trains it." },
  validationTask: part("task"),
  deployment: {
    ...object(deploymentShape.keys, [], {
      replicas: { type: "integer", minimum: 0 },
      image: text("Of the container that serves it."),
      resources: texts("As Kubernetes writes them."),
      ingressAnnotations: texts("Of its ingress."),
      enableTls: flag("On, unless switched off."),
    }),
    description: "How it is served.",
  },
});

const dataSet = object(dataSetShape.keys, ["name", "path"], {
  name: text("By which tasks refer to it."),
  path: text("Of its files, relative to the project."),
  task: part("task"),
  size: text("How large it is at most: 2Gi."),
});

/** What a project file may say, for editors that complete and check YAML by a JSON Schema. */
export const projectFileSchema: Schema = {
  $schema: "http://json-schema.org/draft-07/schema#",
  title: "Project file",
  description: "ame.yaml: the tasks, templates, data sets and models of a project.",
  ...object(projectShape.keys, ["name"], {
    name: text("Lower case letters, digits, - and ."),
    tasks: list(part("task"), "What can be run."),
    templates: list(part("task"), "What tasks have in common."),
    dataSets: list(part("dataSet"), "Files that tasks read and a task makes."),
    models: list(part("model"), "What is trained, validated and served."),
    labels: texts("Words to find the runs of all its tasks by; a task's own of the same key replace them."),
    enableTriggers: flag("Kept, and without effect: whoever pushes decides."),
  }),
  definitions: { task, executor, model, dataSet },
};
