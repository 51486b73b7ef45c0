import { setTimeout as sleep } from "node:timers/promises";
import type { SeededRandom } from "../rounds/seeded-random.ts";
import type { Direction, FaultyLink } from "./faulty-link.ts";

const faults = ["delay", "throttle", "stall", "stall both", "reset", "swallow ends", "cut"] as const;

/** One thing that happens to a link, and for how long. */
export interface Spell {
  readonly fault: (typeof faults)[number];
  readonly milliseconds: number;
  readonly direction: Direction;
  /** Milliseconds, or bytes a second. */
  readonly amount: number;
}

/** What happens in one round, none of it for as long as a lease. */
export function planWeather(random: SeededRandom, spells: number): readonly Spell[] {
  return Array.from({ length: spells }, () => ({
    fault: random.pick(faults),
    milliseconds: random.between(200, 3_000),
    direction: random.pick(["up", "down"]),
    amount: random.between(5, 150),
  }));
}

/** Has a spell happen, and the weather be fair again. */
export async function passSpell(link: FaultyLink, { fault, milliseconds, direction, amount }: Spell): Promise<void> {
  if (fault === "delay") link.set({ delay: amount });
  if (fault === "throttle") link.set({ bytesPerSecond: amount * 200 });
  if (fault === "stall") link.set({ stalled: [direction] });
  if (fault === "stall both") link.set({ stalled: ["up", "down"] });
  if (fault === "reset") link.reset();
  if (fault === "swallow ends") {
    link.set({ swallowsEnds: true, stalled: [direction] });
    link.reset();
  }
  if (fault === "cut") {
    link.set({ stalled: ["up", "down"], swallowsEnds: true });
    link.reset();
  }
  await sleep(milliseconds);
  link.set({});
}
