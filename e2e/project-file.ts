interface TaskDefinition {
  readonly name: string;
  readonly command: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly resources?: Readonly<Record<string, string>>;
  /** Keys of secrets by the variables that are to hold them. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Cron. */
  readonly schedule?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Paths of what it leaves. */
  readonly artifacts?: readonly string[];
}

/** The text of an `ame.yaml` that defines these tasks; JSON is YAML too. */
export function projectFile(name: string, tasks: readonly TaskDefinition[]): string {
  return `name: ${name}\ntasks:\n${tasks.map(taskLines).join("")}`;
}

function taskLines({ name, command, variables = {}, resources = {}, secrets = {}, ...more }: TaskDefinition): string {
  const env = Object.entries(variables).map(([key, val]) => ({ key, val }));
  const injected = Object.entries(secrets).map(([injectAs, key]) => ({ ame: { key, injectAs } }));
  return `  - name: ${name}
    executor: !custom {pythonVersion: "3", command: ${JSON.stringify(command)}}
    env: ${JSON.stringify(env)}
    resources: ${JSON.stringify(resources)}
    secrets: ${JSON.stringify(injected)}
    artifactCfg: ${JSON.stringify({ saveChangedFiles: false, paths: more.artifacts ?? [] })}
    labels: ${JSON.stringify(more.labels ?? {})}
${more.schedule === undefined ? "" : `    triggers: ${JSON.stringify({ schedule: more.schedule })}\n`}`;
}
