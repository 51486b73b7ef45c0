import { expect, test } from "vitest";
import { playRounds } from "./rounds/play-rounds.ts";

test("nothing acknowledged is lost and nothing runs twice, whoever is killed under load", {
  timeout: 180_000,
}, async () => {
  const seed = Math.floor(Math.random() * 1e9);
  console.log(`seed ${seed}; npm run faults -- --seed ${seed} plays it again`);
  const played = await playRounds({ seed, rounds: 16, minutes: 0.7, every: 8, say: (line) => console.log(line) });
  expect(played.violations).toEqual([]);
  // It is only a test when there was something to lose.
  expect(played.rounds).toBeGreaterThan(3);
  expect(played.acknowledged).toBeGreaterThan(5);
  expect(played.kills.server + played.kills.worker + played.kills.launcher).toBeGreaterThan(3);
});
