import type { Calendar } from "#core/ports/calendar.ts";

/** No schedule names two times that are nearer. */
const nearest = 60_000;

/**
 * The latest time up to `now` that a schedule names, by halving the time between: as quick after a year as after a
 * minute.
 *
 * @param first - a time that it names, not after `now`
 */
export function latestTick(calendar: Calendar, cron: string, first: number, now: number): number {
  let [before, after] = [first - 1, now];
  while (after - before > nearest) {
    const middle = Math.floor((before + after) / 2);
    const next = calendar.next(cron, middle);
    if (next !== undefined && next <= now) before = middle;
    else after = middle;
  }
  const latest = calendar.next(cron, before);
  return latest !== undefined && latest <= now ? latest : first;
}
