import { seededRandom } from "./seeded-random.ts";

/** `boot` is the server, killed again while it starts. */
export type Victim = "server" | "boot" | "worker" | "launcher";

/** One round: load for a while, then something dies. */
export interface Round {
  /** Milliseconds of load before. */
  readonly load: number;
  readonly victims: readonly [Victim, ...Victim[]];
  /** Milliseconds without a server. */
  readonly away: number;
  /** Milliseconds that a starting server is given before it is killed. */
  readonly boot: number;
}

/** The rounds of a seed, without end. */
export function* planRounds(seed: number): Generator<Round, never> {
  const random = seededRandom(seed);
  for (;;) {
    yield {
      load: random.between(50, 1_200),
      victims: random.pick<Round["victims"]>([
        ["server"],
        ["server"],
        ["server"],
        ["boot"],
        ["worker"],
        ["worker"],
        ["launcher"],
        ["worker", "server"],
        ["launcher", "server"],
        ["launcher", "worker"],
        ["launcher", "worker", "server"],
      ]),
      away: random.between(0, 500),
      boot: random.between(20, 700),
    };
  }
}

/** What one task does; the same for the same seed and number. */
export interface TaskPlan {
  readonly key: string;
  /** Lines that it prints. */
  readonly lines: number;
  /** Seconds between two lines. */
  readonly pause: string;
  readonly exit: number;
  /** Milliseconds after which its end is asked for. */
  readonly cancelAfter?: number;
  /** Milliseconds before the next one. */
  readonly next: number;
}

export function planTask(seed: number, number: number): TaskPlan {
  const random = seededRandom(seed * 1_000_003 + number);
  return {
    key: `key${number}.`,
    lines: random.between(1, 12),
    pause: (random.between(5, 120) / 1_000).toFixed(3),
    exit: random.pick([0, 0, 0, 0, 7]),
    ...(random.below(6) === 0 ? { cancelAfter: random.between(0, 800) } : {}),
    next: random.between(5, 120),
  };
}
