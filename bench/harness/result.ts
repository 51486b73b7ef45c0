/** Something measured in the same run: what limits us, or somebody else who does the same. */
export interface Beside {
  readonly name: string;
  readonly value: number;
  /** A floor that is meant to be kept to: this share of it. */
  readonly share?: number;
}

/** One line of the table. */
export interface Result {
  /** Such as `W1`. */
  readonly workload: string;
  readonly what: string;
  readonly value: number;
  readonly unit: "/s" | "MB/s" | "ms" | "s" | "MB";
  /** What it should reach; unset for a line that only explains. */
  readonly bar?: number;
  readonly beside: readonly Beside[];
  /** What a reader must know of it. */
  readonly note?: string;
}

/** Of rates more is better, of everything else less. */
export function isRate({ unit }: Pick<Result, "unit">): boolean {
  return unit.endsWith("/s");
}

/** How many times better than what stands beside it: above 1 is better. */
export function ratioTo(result: Pick<Result, "unit" | "value">, beside: Beside): number {
  return isRate(result) ? result.value / beside.value : beside.value / result.value;
}

export function reaches({ value, bar, ...result }: Result): boolean | undefined {
  if (bar === undefined) return undefined;
  return isRate(result) ? value >= bar : value <= bar;
}
