import { planRounds, type Victim } from "./plan.ts";
import { Stage } from "./stage.ts";

export interface HowLong {
  readonly seed: number;
  /** At most; unset means as many as there is time for. */
  readonly rounds?: number;
  readonly minutes?: number;
  /** Rounds between two looks at everything. */
  readonly every?: number;
  readonly say: (text: string) => void;
}

/** What a run of rounds came to. */
export interface Played {
  readonly rounds: number;
  readonly seconds: number;
  readonly kills: Readonly<Record<Victim, number>>;
  readonly tasks: number;
  readonly acknowledged: number;
  readonly lostAttempts: number;
  /** None is what is hoped for. */
  readonly violations: readonly string[];
}

/** Kills server, worker and launcher under load, round after round, and looks for broken promises. */
export async function playRounds({ seed, rounds = Number.POSITIVE_INFINITY, ...how }: HowLong): Promise<Played> {
  const { minutes = Number.POSITIVE_INFINITY, every = 10, say } = how;
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1_000;
  const stage = await Stage.open(seed);
  const violations: string[] = [];
  let played = 0;
  try {
    for (const round of planRounds(seed)) {
      violations.push(...(await stage.play(round)));
      played += 1;
      const isOver = played >= rounds || seconds() / 60 >= minutes;
      if (violations.length === 0 && (isOver || played % every === 0)) {
        violations.push(...(await stage.settle()));
        say(`round ${played}, ${seconds().toFixed(0)} s: ${violations.length || "no"} violations`);
      }
      if (isOver || violations.length > 0) break;
    }
    const { tasks, acknowledged, attempts } = await stage.evidence();
    return {
      rounds: played,
      seconds: seconds(),
      kills: countKills(stage.kills.map(({ victim }) => victim)),
      tasks: tasks.length,
      acknowledged: acknowledged.length,
      lostAttempts: attempts.filter(({ outcome }) => outcome === "lost").length,
      violations,
    };
  } finally {
    await stage.close(violations.length > 0);
    if (violations.length > 0) say(`what is left of seed ${seed}, round ${played} is in ${stage.folder}`);
  }
}

function countKills(victims: readonly Victim[]): Record<Victim, number> {
  const count = (victim: Victim) => victims.filter((one) => one === victim).length;
  return { server: count("server"), boot: count("boot"), worker: count("worker"), launcher: count("launcher") };
}
