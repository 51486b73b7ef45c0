import { parseArgs } from "node:util";
import { flood } from "./flood/flood.ts";
import { floodPicture, floodTable } from "./flood/flood-report.ts";
import { describeMachine, isBusy } from "./harness/machine.ts";
import { type Million, makeMillion } from "./harness/million.ts";
import type { Result } from "./harness/result.ts";
import { asText } from "./harness/tables.ts";
import { writeFlood, writeReport } from "./harness/write-report.ts";
import { workloads } from "./workloads/index.ts";

/**
 * `npm run bench [-- W1 W4 …] [--repeats N] [--minutes N] [--write]`: measures, prints one table, and renews
 * docs/performance.md. Without `--minutes`, what only shows with time is looked at for ten minutes if that is written
 * down, else for one.
 * `npm run bench -- flood [--minutes N] [--write]`: memory while tasks and log lines pour in.
 */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { write: { type: "boolean" }, repeats: { type: "string" }, minutes: { type: "string" } },
    allowPositionals: true,
  });
  const write = values.write ?? false;
  if (positionals[0] === "flood") return runFlood(Number(values.minutes ?? 10), write);
  const unknown = positionals.filter((name) => !workloads.some((workload) => workload.name === name));
  if (unknown.length > 0) {
    console.error(`There is no ${unknown.join(", ")}. There are:`);
    for (const { name, about } of workloads) console.error(`  ${name.padEnd(4)} ${about}`);
    process.exitCode = 2;
    return;
  }
  const machine = await describeMachine();
  console.log(machine.join("\n"));
  if (isBusy()) console.log("The machine is busy: the numbers are provisional.");
  const results = await runAll(positionals, Number(values.repeats ?? 3), Number(values.minutes ?? (write ? 10 : 1)));
  console.log(`\n${asText(results)}`);
  if (write) writeReport({ machine, isBusy: isBusy(), results });
}

async function runFlood(minutes: number, write: boolean): Promise<void> {
  const outcome = await flood(minutes, (text) => console.log(`· ${text}`));
  console.log(floodTable(outcome));
  if (write) writeFlood(floodTable(outcome), floodPicture(outcome), isBusy());
}

async function runAll(names: readonly string[], repeats: number, minutes: number): Promise<Result[]> {
  let million: Promise<Million> | undefined;
  const bench = {
    repeats,
    minutes,
    say: (text: string) => console.log(`· ${text}`),
    million: () => {
      million ??= makeMillion(1_000_000);
      return million;
    },
  };
  const results: Result[] = [];
  try {
    for (const workload of workloads) {
      if (names.length > 0 && !names.includes(workload.name)) continue;
      results.push(...(await workload.run(bench)));
    }
  } finally {
    await (await million)?.remove();
  }
  return results;
}

await main();
// Clients keep connections to servers that have gone.
process.exit();
