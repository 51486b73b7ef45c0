import type { Command } from "#cli/command.ts";
import { toTable } from "#cli/output.ts";

const general = [
  ["--server URL", "the server; TRIBUTARY_SERVER otherwise, or http://127.0.0.1:3342"],
  ["--json", "results as JSON, a message a line"],
  ["--help, -h", "this text"],
] as const;

/** What all commands are for. */
export function helpText(commands: readonly Command[]): string {
  const rows = commands.map(({ name, operands, summary }) => [`  ${name} ${operands}`.trimEnd(), summary]);
  return `tributary: tasks from the command line

${toTable(["  COMMAND", ""], rows)}

${toTable(
  ["  OPTION", ""],
  general.map(([option, text]) => [`  ${option}`, text]),
)}

A token comes from TRIBUTARY_TOKEN or from: tributary login
Exit codes: 0 done, 1 failed, 2 wrong use, 3 no server, 4 not allowed, 130 interrupted; of run and logs that of the task`;
}

/** What one command is for. */
export function commandHelp({ name, operands, summary, help = {} }: Command): string {
  const own = Object.entries(help).map(([option, text]) => [`  --${option}`, text]);
  const options = [...own, ...general.map(([option, text]) => [`  ${option}`, text])];
  return `tributary ${name} ${operands}\n\n${summary}\n\n${toTable(["  OPTION", ""], options)}`;
}
