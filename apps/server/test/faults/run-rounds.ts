import { parseArgs } from "node:util";
import { playRounds } from "./rounds/play-rounds.ts";

/** `npm run faults [-- --minutes N] [--rounds N] [--seed S]`: kills what can be killed until something breaks. */
async function main(): Promise<void> {
  const text = { type: "string" } as const;
  const { values } = parseArgs({ options: { minutes: text, rounds: text, seed: text } });
  const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9));
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  const minutes = Number(values.minutes ?? (rounds === undefined ? 60 : Number.POSITIVE_INFINITY));
  console.log(`seed ${seed}`);
  const { violations, ...played } = await playRounds({
    seed,
    minutes,
    ...(rounds === undefined ? {} : { rounds }),
    say: (line) => console.log(line),
  });
  console.log(played);
  for (const violation of violations) console.error(violation);
  console.log(violations.length === 0 ? "every promise was kept" : `${violations.length} promises were broken`);
  process.exitCode = violations.length === 0 ? 0 : 1;
}

await main();
