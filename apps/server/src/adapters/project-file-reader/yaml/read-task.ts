import { isMap, isScalar } from "yaml";
import type { Reference, TaskDefinition } from "#core/projects/project.ts";
import type { SecretReference, Variable } from "#core/tasks/injection.ts";
import { type Field, type Fields, readFields, readText, shape } from "./fields.ts";
import { isExecutorTag, readExecutor } from "./read-executor.ts";
import { readLabels } from "./read-labels.ts";
import { isUnset, type Reading } from "./reading.ts";

export const taskShape = shape({
  keys: [
    "name",
    "executor",
    "taskRef",
    "fromTemplate",
    "resources",
    "dataSets",
    "artifactCfg",
    "triggers",
    "env",
    "secrets",
    "labels",
  ],
  alsoWritten: { environment: "env", artifacts: "artifactCfg", templateRef: "fromTemplate" },
  meansNothing: {
    pipeline: "pipelines of sub-tasks do not exist in project files; it is ignored",
    image: "container images are not used for tasks; it is ignored",
    command: 'belongs below "executor:"; here it is ignored',
    pythonVersion: 'belongs below "executor:"; here it is ignored',
    schedule: 'belongs below "triggers:"; here it is ignored',
  },
});

/** A task of its own, what a template has of one, or the task of a data set or model. */
export type TaskPlace = "task" | "template" | "part";

export function readTask(reading: Reading, field: Field, place: TaskPlace): TaskDefinition | undefined {
  if (isExecutorTag(field.value?.tag)) {
    reading.problem(field.value, `${field.path}: ${field.value?.tag} belongs after "executor:", not before the task`);
  }
  const fields = readFields(reading, field, taskShape);
  if (!fields) return undefined;
  warnOfNothingToRun(reading, fields, place);
  const name = fields.optional("name");
  const executorField = fields.get("executor");
  const executor = executorField && readExecutor(reading, executorField);
  const taskRef = readReference(reading, fields, "taskRef", "task");
  const fromTemplate = readReference(reading, fields, "fromTemplate", "template");
  const artifacts = readArtifacts(reading, fields);
  const triggers = readTriggers(reading, fields);
  const labels = readLabels(reading, fields);
  return {
    ...(name === undefined ? {} : { name }),
    ...(taskRef ? { taskRef } : {}),
    ...(fromTemplate ? { fromTemplate } : {}),
    ...(executor ? { executor } : {}),
    resources: fields.map("resources"),
    dataSets: fields.list("dataSets", (item) => readDataSetName(reading, item)),
    ...(artifacts ? { artifacts } : {}),
    ...(triggers ? { triggers } : {}),
    ...(labels ? { labels } : {}),
    variables: fields.list("env", (item) => readVariable(reading, item)),
    secrets: fields.list("secrets", (item) => readSecret(reading, item)),
  };
}

function warnOfNothingToRun(reading: Reading, fields: Fields, place: TaskPlace): void {
  const ways = place === "part" ? ["executor", "fromTemplate", "taskRef"] : ["executor", "fromTemplate"];
  if (place === "template" || ways.some((key) => fields.get(key))) return;
  reading.warn(fields.place, `${fields.path}: has none of ${ways.join(", ")}, so it cannot be run; add one`);
}

/** `{name, project}`; as text, `name` or `project.name`, it is understood too. */
function readReference(
  reading: Reading,
  fields: Fields,
  key: string,
  kind: "task" | "template",
): Reference | undefined {
  const field = fields.set(key);
  if (!field) return undefined;
  const reference = isScalar(field.value) ? referenceFromText(reading, field) : referenceFromMap(reading, field);
  if (reference) reading.used.push({ kind, ...reference, place: field.value, path: field.path });
  return reference;
}

function referenceFromMap(reading: Reading, field: Field): Reference | undefined {
  const fields = readFields(reading, field, { keys: ["name", "project"] });
  const name = fields?.required("name", "train");
  const project = fields?.optional("project");
  if (name === undefined) return undefined;
  return project === undefined ? { name } : { name, project };
}

function referenceFromText(reading: Reading, field: Field): Reference | undefined {
  const text = readText(reading, field);
  const [first, second, ...more] = text?.split(".") ?? [];
  if (!first || second === "" || more.length > 0) {
    return reading.problem(
      field.value,
      `${field.path}: write {name: …}, or {name: …, project: …} for another project's`,
    );
  }
  const reference = second === undefined ? { name: first } : { name: second, project: first };
  const written = second === undefined ? `{name: ${first}}` : `{name: ${second}, project: ${first}}`;
  reading.warn(field.value, `${field.path}: is read as ${written}; write that`, written);
  return reference;
}

/** `name` or `project.name`; `{ref: {name, project}}` is understood too. */
function readDataSetName(reading: Reading, field: Field): string | undefined {
  const name = isMap(field.value) ? dataSetFromMap(reading, field) : readText(reading, field);
  if (name !== undefined) reading.used.push({ kind: "data set", name, place: field.value, path: field.path });
  return name;
}

function dataSetFromMap(reading: Reading, field: Field): string | undefined {
  const outer = readFields(reading, field, { keys: ["ref", "name", "project"] });
  const ref = outer?.set("ref");
  const fields = ref ? readFields(reading, ref, { keys: ["name", "project"] }) : outer;
  const name = fields?.required("name", "customers");
  const project = fields?.optional("project");
  if (name === undefined) return undefined;
  const text = project === undefined ? name : `${project}.${name}`;
  reading.warn(field.value, `${field.path}: is read as ${text}; write that`, text);
  return text;
}

function readArtifacts(reading: Reading, fields: Fields): TaskDefinition["artifacts"] {
  const field = fields.set("artifactCfg");
  const inner = field && readFields(reading, field, { keys: ["saveChangedFiles", "paths"] });
  if (!inner) return undefined;
  inner.required("saveChangedFiles", "true");
  return { saveChangedFiles: inner.flag("saveChangedFiles") ?? false, paths: inner.texts("paths") };
}

function readTriggers(reading: Reading, fields: Fields): TaskDefinition["triggers"] {
  const field = fields.set("triggers");
  const inner = field && readFields(reading, field, { keys: ["schedule"], alsoWritten: { cron: "schedule" } });
  const schedule = inner?.optional("schedule");
  if (!inner) return undefined;
  return schedule === undefined ? {} : { schedule };
}

function readVariable(reading: Reading, field: Field): Variable | undefined {
  const fields = readFields(reading, field, { keys: ["key", "val"], alsoWritten: { name: "key", value: "val" } });
  const name = fields?.required("key", "MODE");
  const value = fields?.required("val", "full");
  return name === undefined || value === undefined ? undefined : { name, value };
}

/** `ame: {key, injectAs}`; a tag in place of the key is understood too. */
function readSecret(reading: Reading, field: Field): SecretReference | undefined {
  const { value, path } = field;
  if (value?.tag === "!vault") return reading.problem(value, `${path}: Vault is not supported; ${writeAme}`);
  if (value?.tag === "!ame") {
    reading.warn(value, `${path}: is read as ame: {…}; ${writeAme}`);
    return readAmeSecret(reading, field);
  }
  if (isMap(value) && value.items.length === 0) return reading.warn(value, `${path}: names no secret; ${writeAme}`);
  if (isMap(value) && (value.has("key") || value.has("injectAs"))) {
    reading.warn(value, `${path}: is read as ame: {…}; ${writeAme}`);
    return readAmeSecret(reading, field);
  }
  const fields = readFields(reading, field, { keys: ["ame"] });
  const ame = fields?.get("ame");
  if (!fields) return undefined;
  if (!ame || isUnset(ame.value)) return reading.problem(ame?.key ?? value, `${path}: names no secret; ${writeAme}`);
  return readAmeSecret(reading, ame);
}

const writeAme = "write - ame: {key: my-secret, injectAs: MY_VARIABLE}";

function readAmeSecret(reading: Reading, field: Field): SecretReference | undefined {
  const fields = readFields(reading, field, { keys: ["key", "injectAs"] });
  const key = fields?.required("key", "my-secret");
  const injectAs = fields?.required("injectAs", "MY_VARIABLE");
  return key === undefined || injectAs === undefined ? undefined : { key, injectAs };
}
