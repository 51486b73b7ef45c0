import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { formatSeconds, formatTable } from "./format-table.ts";
import { inParallel } from "./in-parallel.ts";
import { type Counts, readReport } from "./read-report.ts";
import { cacheFolder, root } from "./root.ts";
import { type Ended, runCommand } from "./run-command.ts";
import { reportFile, type Suite } from "./suites.ts";

interface Outcome extends Counts {
  readonly name: string;
  readonly seconds: number;
}

export interface HowToRun {
  /** Suites at a time. */
  readonly width: number;
  /** Whether a test that was skipped has failed: where everything that tests need is meant to be there. */
  readonly skipFails: boolean;
  /** Default: to the standard output. */
  readonly print?: (text: string) => void;
}

/**
 * Runs suites and prints a line for each, the whole output of those that failed, every failed test by name, a table, and
 * at last `N passed, N failed`.
 *
 * @returns whether there was at least one test and none failed
 */
export async function runSuites(suites: readonly Suite[], how: HowToRun): Promise<boolean> {
  const { width, skipFails, print = (text) => console.log(text) } = how;
  const started = performance.now();
  const ran = await inParallel(suites, width, async (suite) => {
    const outcome = await runSuite(suite, print);
    const judged = skipFails ? failSkipped(outcome) : outcome;
    print(`${judged.failed.length > 0 ? "✗" : "✓"} ${describe(judged)}`);
    for (const name of judged.skipped) print(`  skipped: ${name}`);
    return judged;
  });
  for (const { name, failed } of ran) for (const test of failed) print(`✗ ${name}: ${test}`);
  print(`\n${timesOf(ran, (performance.now() - started) / 1000)}\n`);
  const passed = ran.reduce((sum, outcome) => sum + outcome.passed, 0);
  const failed = ran.reduce((sum, outcome) => sum + outcome.failed.length, 0);
  const skipped = ran.reduce((sum, outcome) => sum + outcome.skipped.length, 0);
  if (passed + failed === 0) print("No test was run.");
  print(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  return passed > 0 && failed === 0;
}

async function runSuite(suite: Suite, print: (text: string) => void): Promise<Outcome> {
  const { name } = suite;
  const need = (await suite.needs?.()) ?? { environment: {} };
  if ("missing" in need) return { name, seconds: 0, passed: 0, failed: [], skipped: [`all of it: ${need.missing}`] };
  const logFile = join(cacheFolder, "test", `${name}.log`);
  const report = join(cacheFolder, "test", `${name}.json`);
  mkdirSync(join(cacheFolder, "test"), { recursive: true });
  rmSync(report, { force: true });
  const ended = await runCommand({
    argv: fill(suite.argv, report),
    folder: join(root, suite.folder),
    environment: { ...suite.environment, ...need.environment, ...fillValues(suite.environment, report) },
    logFile,
    seconds: suite.minutes * 60,
  });
  const counts = readReport(suite.report, suite.report === "unittest" ? logFile : report);
  const judged = judge(counts, ended);
  if (judged.failed.length > 0) print(`\n──── output of ${name}\n${readFileSync(logFile, "utf8")}\n────`);
  return { name, seconds: ended.seconds, ...judged };
}

/** A program that ended badly has failed, whatever it reported. */
function judge(counts: Counts | undefined, { ok, why }: Ended): Counts {
  if (!counts) return { passed: 0, failed: [`it left no report: ${why || "exit code 0"}`], skipped: [] };
  if (counts.passed + counts.failed.length + counts.skipped.length === 0)
    return { ...counts, failed: ["it ran no test"] };
  return ok || counts.failed.length > 0 ? counts : { ...counts, failed: [`no test failed, but: ${why}`] };
}

function failSkipped(outcome: Outcome): Outcome {
  const failed = [...outcome.failed, ...outcome.skipped.map((name) => `skipped though nothing may be: ${name}`)];
  return { ...outcome, failed, skipped: [] };
}

function fill(argv: readonly [string, ...string[]], report: string): [string, ...string[]] {
  return argv.map((part) => part.replace(reportFile, report)) as [string, ...string[]];
}

function fillValues(variables: Readonly<Record<string, string>> = {}, report: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, value.replace(reportFile, report)]),
  );
}

function describe({ name, passed, failed, skipped, seconds }: Outcome): string {
  const parts = [`${passed} passed`, ...(failed.length > 0 ? [`${failed.length} failed`] : [])];
  if (skipped.length > 0) parts.push(`${skipped.length} skipped`);
  return `${name}: ${parts.join(", ")} in ${formatSeconds(seconds)}`;
}

function timesOf(ran: readonly Outcome[], seconds: number): string {
  return formatTable([
    ["suite", "passed", "failed", "skipped", "time"],
    ...ran.map(({ name, passed, failed, skipped, seconds }) => [
      name,
      ...[passed, failed.length, skipped.length].map(String),
      formatSeconds(seconds),
    ]),
    ["all", "", "", "", formatSeconds(seconds)],
  ]);
}
