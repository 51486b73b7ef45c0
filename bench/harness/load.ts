/** What calls took, and how many there were a second. */
export interface Load {
  readonly rate: number;
  /** Milliseconds, each. */
  readonly times: readonly number[];
}

/** Calls again and again, so many at a time, for so long; what falls into the warm-up does not count. */
export async function loadWith(
  call: (n: number) => Promise<unknown>,
  { atOnce, seconds, warmUp = 2 }: { readonly atOnce: number; readonly seconds: number; readonly warmUp?: number },
): Promise<Load> {
  const times: number[] = [];
  const from = performance.now() + warmUp * 1_000;
  const until = from + seconds * 1_000;
  let n = 0;
  const callAll = async () => {
    while (performance.now() < until) {
      const started = performance.now();
      await call(n++);
      if (started >= from) times.push(performance.now() - started);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, callAll));
  return { rate: times.length / seconds, times };
}
