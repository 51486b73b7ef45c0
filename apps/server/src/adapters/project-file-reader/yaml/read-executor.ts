import { isMap, isScalar, type Node, type YAMLMap } from "yaml";
import type { Executor } from "#core/projects/project.ts";
import { type Field, readFields, type Shape, shape } from "./fields.ts";
import { nearest } from "./nearest.ts";
import { isEmpty, isUnset, type Reading } from "./reading.ts";

const kinds = ["poetry", "pip", "pipEnv", "mlflow", "custom"] as const;
type Kind = (typeof kinds)[number];

export const executorShape = shape({
  keys: ["command", "pythonVersion"],
  alsoWritten: { cmd: "command", python_version: "pythonVersion", pythonversion: "pythonVersion" },
  meansNothing: { image: "container images are not used for tasks; it is ignored" },
});

const allTags = kinds.map((kind) => `!${kind}`).join(", ");

function isKind(name: string): name is Kind {
  return kinds.some((kind) => kind === name);
}

/** Whether a tag is an executor's, however its letters are written. */
export function isExecutorTag(tag: string | undefined): boolean {
  return tag !== undefined && kinds.some((kind) => `!${kind}`.toLowerCase() === tag.toLowerCase());
}

/** An executor: one of five tags, and what it asks for. */
export function readExecutor(reading: Reading, field: Field): Executor | undefined {
  const { value, path } = field;
  if (!value || (isUnset(value) && !value.tag)) return undefined;
  const tagged = value.tag?.startsWith("!") ?? false;
  if (!tagged) return readUntagged(reading, field, value);
  const name = value.tag?.replace(/^!/, "") ?? "";
  if (isKind(name)) return readKind(reading, field, name);
  const near = nearest(name, kinds);
  const hint = near === undefined ? `use one of ${allTags}` : `did you mean !${near}? (the letters' case counts)`;
  const message = `${path}: !${name.slice(0, 60)} is not known; ${hint}`;
  return reading.tagProblem(field.key, `!${name}`, message, near && `!${near}`);
}

function readUntagged(reading: Reading, field: Field, value: Node): Executor | undefined {
  const { path } = field;
  const inner = isMap(value) ? onlyEntry(value) : undefined;
  if (inner && isKind(inner.name)) {
    reading.warn(value, `${path}: is read as !${inner.name}; write "executor: !${inner.name}", the form of AME`);
    const resolved = reading.resolve(inner.value);
    return readKind(reading, { key: field.key, value: resolved, path: `${path}.${inner.name}` }, inner.name);
  }
  const text = isScalar(value) ? String(value.value) : "";
  if (isKind(text)) return reading.problem(value, `${path}: write !${text}, with the exclamation mark`, `!${text}`);
  return reading.problem(value, `${path}: has no tag that says which it is; write one of ${allTags} after "executor:"`);
}

function onlyEntry(map: YAMLMap): { readonly name: string; readonly value: Node | null } | undefined {
  const [pair] = map.items;
  if (!pair || map.items.length > 1 || !isScalar(pair.key)) return undefined;
  return { name: String(pair.key.value), value: pair.value as Node | null };
}

function readKind(reading: Reading, field: Field, kind: Kind): Executor | undefined {
  const none = isEmpty(field.value) || (kind === "mlflow" && isUnset(field.value));
  if (kind === "mlflow") {
    if (!none) readFields(reading, field, { keys: [], meansNothing: notForMlflow });
    return { kind };
  }
  if (none) return reading.problem(field.value ?? field.key, `${field.path}: !${kind} needs ${needs(kind)} below it`);
  const fields = readFields(reading, field, kind === "pipEnv" ? pipEnvShape : executorShape);
  if (!fields) return undefined;
  const pythonVersion = kind === "pipEnv" ? "" : fields.required("pythonVersion", '"3.11"');
  const command = fields.required("command", "python train.py");
  if (command === undefined || pythonVersion === undefined) return undefined;
  return kind === "pipEnv" ? { kind, command } : { kind, pythonVersion, command };
}

function needs(kind: Kind): string {
  return kind === "pipEnv" ? "a command" : "pythonVersion and command";
}

const notForMlflow = {
  command: "!mlflow runs the entry point main of the MLproject file; it is ignored",
  pythonVersion: "!mlflow takes the version from python_env.yaml; it is ignored",
};

const pipEnvShape: Shape = {
  ...executorShape,
  keys: ["command"],
  alsoWritten: { cmd: "command" },
  meansNothing: {
    ...executorShape.meansNothing,
    pythonVersion: "!pipEnv takes the version from the Pipfile; it is ignored",
  },
};
