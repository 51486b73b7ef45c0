import { parseArgs } from "node:util";
import { playWeather } from "./network/play-weather.ts";
import { playRounds } from "./rounds/play-rounds.ts";

/** The part of the time in which the network fails, where programs are killed in the rest. */
const networkPart = 0.2;

/**
 * `npm run faults [-- --minutes N] [--rounds N] [--seed S] [--only kills|network]`: kills what can be killed, and has the
 * network fail, until something breaks.
 */
async function main(): Promise<void> {
  const text = { type: "string" } as const;
  const { values } = parseArgs({ options: { minutes: text, rounds: text, seed: text, only: text } });
  const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9));
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  const minutes = Number(values.minutes ?? (rounds === undefined ? 60 : Number.POSITIVE_INFINITY));
  console.log(`seed ${seed}`);
  const limits = { seed, ...(rounds === undefined ? {} : { rounds }), say: (line: string) => console.log(line) };
  const violations: string[] = [];
  if (values.only !== "network") {
    const kills = await playRounds({ ...limits, minutes: values.only ? minutes : minutes * (1 - networkPart) });
    violations.push(...kills.violations);
    console.log({ ...kills, violations: undefined });
  }
  if (values.only !== "kills" && violations.length === 0) {
    const network = await playWeather({ ...limits, minutes: values.only ? minutes : minutes * networkPart });
    violations.push(...network.violations);
    console.log({ ...network, violations: undefined });
  }
  for (const violation of violations) console.error(violation);
  console.log(violations.length === 0 ? "every promise was kept" : `${violations.length} promises were broken`);
  process.exitCode = violations.length === 0 ? 0 : 1;
}

await main();
