import { parseArgs } from "node:util";
import { prepare } from "./prepare.ts";
import { endCommandsOnSignal } from "./run-command.ts";
import { runSuites } from "./run-suites.ts";
import { listSuites } from "./suites.ts";

/** `npm test [-- suite…]`: every suite, or those that are named; `--fast` the two-minute subset. */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ options: { fast: { type: "boolean" } }, allowPositionals: true });
  const suites = listSuites(values.fast ?? false);
  const unknown = positionals.filter((name) => !suites.some((suite) => suite.name === name));
  if (unknown.length > 0) {
    console.error(`There is no suite ${unknown.join(", ")}. There are: ${suites.map(({ name }) => name).join(", ")}`);
    process.exitCode = 2;
    return;
  }
  endCommandsOnSignal();
  try {
    await prepare(["protos", "web", "server"]);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    console.log("0 passed, 1 failed");
    process.exitCode = 1;
    return;
  }
  const wanted = suites.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const inCi = !["", "0", "false", undefined].includes(process.env.CI);
  process.exitCode = (await runSuites(wanted, { width: 2, skipFails: inCi })) ? 0 : 1;
}

await main();
