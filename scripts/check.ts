import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Check, checks } from "./checks.ts";
import { formatSeconds, formatTable } from "./format-table.ts";
import { inParallel } from "./in-parallel.ts";
import { prepare } from "./prepare.ts";
import { cacheFolder } from "./root.ts";
import { type Ended, endCommandsOnSignal, runCommand } from "./run-command.ts";

const seconds = 300;

async function runCheck({ name, argv }: Check): Promise<Ended & { readonly name: string }> {
  const logFile = join(cacheFolder, "check", `${name.replaceAll(/\W+/g, "-")}.log`);
  const ended = await runCommand({ argv, logFile, seconds });
  if (!ended.ok) console.log(`\n✗ ${name}: ${ended.why}\n${readFileSync(logFile, "utf8")}`);
  return { ...ended, name };
}

async function fix({ name, fix: argv }: Check): Promise<void> {
  if (!argv) return;
  const { ok, why } = await runCommand({ argv, logFile: join(cacheFolder, "check/fix.log"), seconds });
  console.log(`${name}: ${ok ? "mended" : `not all could be mended (${why})`}`);
}

/**
 * Runs every check, all of them even when one fails, and prints what failed and a table.
 *
 * `--fix` first mends what can be mended. `--report <file>` writes `{ passed, failed }`, names of checks.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { fix: { type: "boolean" }, report: { type: "string" } } });
  endCommandsOnSignal();
  await prepare(["protos"]);
  if (values.fix) for (const check of checks) await fix(check);
  const ended = await inParallel(checks, 2, runCheck);
  console.log(formatTable(ended.map(({ ok, name, seconds }) => [`${ok ? "✓" : "✗"} ${name}`, formatSeconds(seconds)])));
  const names = (wanted: boolean) => ended.filter(({ ok }) => ok === wanted).map(({ name }) => name);
  const failed = names(false);
  if (values.report) writeFileSync(values.report, JSON.stringify({ passed: names(true), failed }));
  console.log(failed.length > 0 ? `\nFailed: ${failed.join(", ")}` : "\nAll checks passed");
  process.exitCode = failed.length > 0 ? 1 : 0;
}

await main();
