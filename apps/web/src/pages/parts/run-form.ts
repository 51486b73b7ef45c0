import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ProjectTask } from "@tributary/proto/tributary/v1/projects_pb";
import type { Label, RunTaskRequestSchema, TaskSpec } from "@tributary/proto/tributary/v1/tasks_pb";
import { parseDuration } from "#pages/parts/duration-text.ts";
import { runStrings } from "#pages/strings/run-strings.ts";

export interface Pair {
  readonly name: string;
  readonly value: string;
}

/** What the run dialog holds. */
export interface RunForm {
  readonly variables: readonly Pair[];
  readonly resources: readonly Pair[];
  readonly labels: readonly Pair[];
  readonly timeLimit: string;
  readonly retries: string;
}

/** The form as the task's own definition fills it. */
export function formOf(task: ProjectTask | undefined): RunForm {
  return {
    variables: task?.variables.map(({ name, value }) => ({ name, value })) ?? [],
    resources: Object.entries(task?.resources ?? {}).map(([name, value]) => ({ name, value })),
    labels: [],
    timeLimit: "",
    retries: "",
  };
}

/** The form as an earlier run was made. */
export function formOfRun(spec: TaskSpec, labels: readonly Label[] = []): RunForm {
  const limit = spec.timeLimit ? Number(spec.timeLimit.seconds) : 0;
  return {
    variables: spec.variables.map(({ name, value }) => ({ name, value })),
    resources: Object.entries(spec.resources).map(([name, value]) => ({ name, value })),
    labels: labels.map(({ key, value }) => ({ name: key, value })),
    timeLimit: limit > 0 ? `${limit}s` : "",
    retries: String(spec.userRetries),
  };
}

export type FormErrors = Partial<Record<keyof RunForm, string>>;

/** What is wrong with a form, by field: only what the server could not say better. */
export function checkForm(form: RunForm): FormErrors {
  const unnamed = form.variables.some(({ name, value }) => name === "" && value !== "");
  return {
    ...(unnamed && { variables: runStrings.unnamed }),
    ...(badLabel(form.labels) && { labels: runStrings.badLabel }),
    ...(form.timeLimit !== "" && !parseDuration(form.timeLimit) && { timeLimit: runStrings.badDuration }),
    ...(form.retries !== "" && !/^\d{1,3}$/.test(form.retries) && { retries: runStrings.badCount }),
  };
}

function badLabel(labels: readonly Pair[]): boolean {
  const keys = labels.map(({ name }) => name).filter((name) => name !== "");
  return (
    keys.some((key) => !/^[A-Za-z0-9]([A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?$/.test(key)) ||
    new Set(keys).size < keys.length ||
    labels.some(({ name, value }) => name === "" && value !== "")
  );
}

/** The part of the request that the form decides; what is as the definition has it is left to the definition. */
export function toRequest(form: RunForm, task: ProjectTask | undefined): MessageInitShape<typeof RunTaskRequestSchema> {
  const own = new Map(task?.variables.map(({ name, value }) => [name, value]));
  const limit = parseDuration(form.timeLimit);
  return {
    variables: form.variables.filter(({ name, value }) => name !== "" && own.get(name) !== value),
    resources: Object.fromEntries(
      form.resources
        .filter(({ name, value }) => name !== "" && value !== "" && task?.resources[name] !== value)
        .map(({ name, value }) => [name, value]),
    ),
    labels: form.labels.filter(({ name }) => name !== "").map(({ name, value }) => ({ key: name, value })),
    ...(limit && { timeLimit: limit }),
    ...(form.retries !== "" && { userRetries: Number(form.retries) }),
  };
}
