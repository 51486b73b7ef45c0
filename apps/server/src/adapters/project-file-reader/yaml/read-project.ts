import type { DataSetDefinition, ModelDefinition, ProjectDefinition, TaskDefinition } from "#core/projects/project.ts";
import { type Field, type Fields, readFields, shape, shown } from "./fields.ts";
import { readLabels } from "./read-labels.ts";
import { readTask } from "./read-task.ts";
import type { NamePlace, Reading } from "./reading.ts";

export const projectShape = shape({
  keys: ["name", "tasks", "templates", "dataSets", "models", "enableTriggers", "labels"],
  alsoWritten: { project: "name", projectid: "name", projectId: "name", projectname: "name", projectName: "name" },
});

export const modelShape = shape({
  keys: ["name", "training", "validationTask", "deployment"],
  alsoWritten: { validation: "validationTask" },
  meansNothing: Object.fromEntries(
    ["type", "autoDeploy", "auto_deploy", "autoTrain", "auto_train", "deploy"].map((key) => [
      key,
      "means nothing for a model here and is ignored",
    ]),
  ),
});

export const dataSetShape = shape({ keys: ["name", "path", "task", "size"] });

export const deploymentShape = shape({
  keys: ["replicas", "image", "resources", "ingressAnnotations", "enableTls"],
});

/** All of a project file; undefined when too little of it can be read. */
export function readProject(reading: Reading, root: Field): ProjectDefinition | undefined {
  const fields = readFields(reading, root, projectShape);
  if (!fields) return undefined;
  const name = fields.required("name", "my-project");
  if (name !== undefined) checkName(reading, fields, name);
  const enableTriggers = fields.flag("enableTriggers");
  const labels = readLabels(reading, fields);
  const definition = {
    name: name ?? "",
    templates: fields.list("templates", (item) => readNamedTask(reading, item, "template")),
    tasks: fields.list("tasks", (item) => readNamedTask(reading, item, "task")),
    dataSets: fields.list("dataSets", (item) => readDataSet(reading, item)),
    models: fields.list("models", (item) => readModel(reading, item)),
    ...(labels ? { labels } : {}),
  };
  if (name === undefined) return undefined;
  return enableTriggers === undefined ? definition : { ...definition, enableTriggers };
}

/** What AME takes for names (RFC 1123), as they become parts of names there. */
const nameForm = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;

function checkName(reading: Reading, fields: Fields, name: string): void {
  if (name.length <= 200 && nameForm.test(name)) return;
  const meant = name
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, "-")
    .replace(/^[-.]+|[-.]+$/g, "")
    .slice(0, 60);
  const rule = "may have lower case letters, digits, - and ., 200 at most, and begins and ends with a letter or digit";
  const hint = meant === "" ? "" : `; write for example ${meant}`;
  reading.problem(fields.set("name")?.value, `name: ${shown(name)} ${rule}${hint}`, meant === "" ? undefined : meant);
}

function readNamedTask(reading: Reading, item: Field, kind: "task" | "template"): TaskDefinition | undefined {
  const task = readTask(reading, item, kind);
  if (!task) return undefined;
  if (task.name === undefined) {
    reading.warn(item.value, `${item.path}: has no name, so nothing can refer to it; add one`);
  } else {
    define(reading, kind, task.name, item);
  }
  return task;
}

function define(reading: Reading, kind: NamePlace["kind"], name: string, { value, path }: Field): void {
  reading.defined.push({ kind, name, place: value, path });
}

function readDataSet(reading: Reading, item: Field): DataSetDefinition | undefined {
  const fields = readFields(reading, item, dataSetShape);
  if (!fields) return undefined;
  const name = fields.required("name", "customers");
  const path = fields.required("path", "data/customers");
  const task = readInnerTask(reading, fields, "task");
  const size = fields.optional("size");
  if (name !== undefined) define(reading, "data set", name, item);
  if (name === undefined || path === undefined) return undefined;
  return { name, path, ...(task ? { task } : {}), ...(size === undefined ? {} : { size }) };
}

function readInnerTask(reading: Reading, fields: Fields, key: string): TaskDefinition | undefined {
  const field = fields.set(key);
  return field && readTask(reading, field, "part");
}

function readModel(reading: Reading, item: Field): ModelDefinition | undefined {
  const fields = readFields(reading, item, modelShape);
  if (!fields) return undefined;
  const name = fields.required("name", "my-model");
  const training = readTraining(reading, fields);
  const validationTask = readValidation(reading, fields);
  const deployment = readDeployment(reading, fields);
  if (name === undefined) return undefined;
  define(reading, "model", name, item);
  return {
    name,
    ...(training ? { training } : {}),
    ...(validationTask ? { validationTask } : {}),
    ...(deployment ? { deployment } : {}),
  };
}

function readTraining(reading: Reading, fields: Fields): ModelDefinition["training"] {
  const field = fields.set("training");
  const inner = field && readFields(reading, field, { keys: ["task"] });
  if (!inner) return undefined;
  const task = readInnerTask(reading, inner, "task");
  return task ? { task } : {};
}

/** A task; the older `validation: {task: …}` holds one. */
function readValidation(reading: Reading, fields: Fields): TaskDefinition | undefined {
  const field = fields.set("validationTask");
  if (!field?.path.endsWith(".validation")) return field && readTask(reading, field, "part");
  const inner = readFields(reading, field, { keys: ["task"] });
  return inner && readInnerTask(reading, inner, "task");
}

function readDeployment(reading: Reading, fields: Fields): ModelDefinition["deployment"] {
  const field = fields.set("deployment");
  const inner = field && readFields(reading, field, deploymentShape);
  if (!inner) return undefined;
  const replicas = inner.count("replicas");
  const image = inner.optional("image");
  const enableTls = inner.flag("enableTls");
  return {
    ingressAnnotations: inner.map("ingressAnnotations"),
    resources: inner.map("resources"),
    ...(replicas === undefined ? {} : { replicas }),
    ...(image === undefined ? {} : { image }),
    ...(enableTls === undefined ? {} : { enableTls }),
  };
}
