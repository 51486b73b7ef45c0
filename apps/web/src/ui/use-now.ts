import { useEffect, useState } from "react";

/**
 * The present time in milliseconds, renewed when `wait` says so.
 *
 * @param wait - milliseconds to the next renewal at the given time; `undefined` stops it
 */
export function useNow(wait: (now: number) => number | undefined): number {
  const [now, setNow] = useState(Date.now);
  const next = wait(now);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each renewal sets the next one, even of the same length
  useEffect(() => {
    if (next === undefined) return;
    const timer = setTimeout(() => setNow(Date.now()), Math.max(50, next));
    return () => clearTimeout(timer);
  }, [next, now]);
  return now;
}
