import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import type { Connection } from "#cli/connection.ts";
import { UsageFailure } from "#cli/failure.ts";
import type { Output } from "#cli/output.ts";
import type { Environment } from "#cli/settings.ts";

/** What a command has at hand. */
export interface Context {
  readonly connection: Connection;
  readonly environment: Environment;
  readonly output: Output;
  readonly stdin: NodeJS.ReadStream;
  /** Where it was called. */
  readonly folder: string;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

export type Values = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;

export interface Command {
  /** `task show`. */
  readonly name: string;
  /** Names of what follows; in brackets what may be left out, with dots behind it what may be more than one. */
  readonly operands: string;
  /** One line. */
  readonly summary: string;
  readonly options: ParseArgsOptionsConfig;
  /** One line for each option. */
  readonly help?: Readonly<Record<string, string>>;
  /** Answers the exit code. */
  run(context: Context, operands: readonly string[], values: Values): Promise<number>;
}

/** @throws UsageFailure for options that a command does not know, and operands that are missing or too many */
export function parseCommand(command: Command, args: readonly string[]) {
  const parsed = parse(command, args);
  const names = command.operands.split(" ").filter((name) => name !== "");
  const needed = names.filter((name) => !name.startsWith("["));
  const most = command.operands.includes("...") ? Number.POSITIVE_INFINITY : names.length;
  if (parsed.positionals.length < needed.length) {
    throw new UsageFailure(`${command.name}: ${needed[parsed.positionals.length]} is missing`);
  }
  if (parsed.positionals.length > most) {
    throw new UsageFailure(`${command.name}: ${parsed.positionals[most]} is too much`);
  }
  return parsed;
}

function parse(command: Command, args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: command.options, allowPositionals: true, strict: true });
  } catch (error) {
    const [why = ""] = (error instanceof Error ? error.message : String(error)).split(". To specify");
    throw new UsageFailure(`${command.name}: ${why}`);
  }
}

/** The text of an option that is given once. */
export function textOf(values: Values, name: string): string | undefined {
  const value = values[name];
  return typeof value === "string" ? value : undefined;
}

/** @throws UsageFailure for what is no number from `least` on */
export function numberOf(values: Values, name: string, least = 0): number | undefined {
  const text = textOf(values, name);
  return text === undefined ? undefined : toNumber(text, `--${name}`, least);
}

/** @throws UsageFailure for what is no whole number */
export function toNumber(text: string, what: string, least: number): number {
  if (!/^\d{1,10}$/.test(text) || Number(text) < least) {
    throw new UsageFailure(`${what}: ${text} is no whole number from ${least}`);
  }
  return Number(text);
}
