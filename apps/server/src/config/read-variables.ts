import { readFileSync } from "node:fs";
import { z } from "zod";
import { ConfigError } from "#server/config/config-error.ts";
import { secretVariables, variables } from "#server/config/variables.ts";

/** What a process was started with. */
export type Environment = Readonly<Record<string, string | undefined>>;

const schema = z.object(variables);

/** The variables as they were checked, with their defaults. */
export type Values = z.output<typeof schema>;

/**
 * Reads every variable, from the environment or the file that it names.
 *
 * @throws ConfigError with one line for each variable that cannot be used or is not known
 */
export function readVariables(environment: Environment): Values {
  const parsed = schema.safeParse(withFiles(environment));
  if (!parsed.success) throw new ConfigError(table(parsed.error.issues));
  const unknown = Object.keys(environment).filter((name) => name.startsWith("TRIBUTARY_") && !isKnown(name));
  if (unknown.length > 0) {
    throw new ConfigError(
      unknown.map((name) => `${name}  is not a variable of this server; remove it or mend its name`).join("\n"),
    );
  }
  return parsed.data;
}

function isKnown(name: string): boolean {
  return name in variables || secretVariables.some((variable) => name === `${variable}_FILE`);
}

function withFiles(environment: Environment): Record<string, string | undefined> {
  const values: Record<string, string | undefined> = {};
  // An empty variable means an unset one: that is how compose files and shells leave things out.
  for (const [name, value] of Object.entries(environment)) if (value !== "") values[name] = value;
  for (const variable of secretVariables) {
    const file = values[`${variable}_FILE`];
    if (file === undefined) continue;
    if (values[variable] !== undefined) {
      throw new ConfigError(`${variable}  is set, and ${variable}_FILE too: set one of them`);
    }
    try {
      values[variable] = readFileSync(file, "utf8").trim();
    } catch (error) {
      throw new ConfigError(
        `${variable}_FILE  ${file} cannot be read: ${error instanceof Error ? error.message : error}`,
      );
    }
  }
  return values;
}

function table(issues: readonly z.core.$ZodIssue[]): string {
  const width = Math.max(...issues.map(({ path }) => String(path[0]).length));
  return issues.map(({ path, message }) => `${String(path[0]).padEnd(width)}  ${message}`).join("\n");
}
