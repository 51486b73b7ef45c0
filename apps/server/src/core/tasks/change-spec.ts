import type { RunOverrides } from "#core/projects/to-run-spec.ts";
import type { RunSpec } from "#core/tasks/run-spec.ts";

/** What a task runs, with what somebody wants otherwise this time: variables and resources by name, all else as it was. */
export function changeSpec(
  spec: RunSpec,
  { variables = [], resources, timeLimit, userRetries }: RunOverrides,
): RunSpec {
  const changed = new Set(variables.map(({ name }) => name));
  return {
    ...spec,
    variables: [...spec.variables.filter(({ name }) => !changed.has(name)), ...variables],
    resources: { ...spec.resources, ...resources },
    ...(timeLimit === undefined ? {} : { timeLimit }),
    ...(userRetries === undefined ? {} : { userRetries }),
  };
}
