import { type Command, parseCommand, textOf } from "#cli/command.ts";
import { commands } from "#cli/commands/index.ts";
import { connectTo } from "#cli/connection.ts";
import { exitCodes } from "#cli/exit-codes.ts";
import { explainError } from "#cli/explain-error.ts";
import { UsageFailure } from "#cli/failure.ts";
import { commandHelp, helpText } from "#cli/help.ts";
import { Output } from "#cli/output.ts";
import { readEnvironment, tokenFor, toServer } from "#cli/settings.ts";

const general = {
  server: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

export interface Program {
  readonly args: readonly string[];
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** Runs one command; answers the exit code. */
export async function runProgram({ args, stdin, stdout, stderr, folder, signal }: Program): Promise<number> {
  const remarks = new Output(stdout, stderr, false);
  let server = "the server";
  try {
    if (args.length === 0 || args[0] === "help" || args[0] === "--help" || args[0] === "-h") {
      return tellHelp(remarks, args.slice(1));
    }
    const { command, rest } = findCommand(args);
    const { values, positionals } = parseCommand({ ...command, options: { ...command.options, ...general } }, rest);
    if (values.help === true) return tellHelp(remarks, command.name.split(" "));
    const environment = readEnvironment();
    server = toServer(textOf(values, "server") ?? environment.server);
    const connection = connectTo(server, await tokenFor(environment, server));
    const output = new Output(stdout, stderr, values.json === true);
    return await command.run({ connection, environment, output, stdin, folder, signal }, positionals, values);
  } catch (error) {
    if (signal.aborted) {
      remarks.remark("interrupted; what was started goes on");
      return exitCodes.interrupted;
    }
    const { message, exitCode } = explainError(error, server);
    remarks.remark(`tributary: ${message}`);
    return exitCode;
  }
}

function tellHelp(output: Output, words: readonly string[]): number {
  const command = commands.find(({ name }) => name === words.slice(0, 2).join(" ") || name === words[0]);
  output.result({}, () => (command ? commandHelp(command) : helpText(commands)));
  return exitCodes.done;
}

/** The longest name that the words begin with. */
function findCommand(args: readonly string[]): { readonly command: Command; readonly rest: readonly string[] } {
  for (const length of [2, 1]) {
    const name = args.slice(0, length).join(" ");
    const command = commands.find((one) => one.name === name);
    if (command) return { command, rest: args.slice(length) };
  }
  const near = commands.filter(({ name }) => name.startsWith(`${args[0]} `)).map(({ name }) => name);
  if (near.length > 0) throw new UsageFailure(`${args[0]}: which? ${near.join(", ")}`);
  throw new UsageFailure(`there is no command ${args[0]}`);
}
