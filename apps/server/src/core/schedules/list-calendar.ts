import { RefusedError } from "#core/errors.ts";
import type { Calendar } from "#core/ports/calendar.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Schedule, Tick, TickOutcome } from "#core/schedules/schedule.ts";
import type { TaskId, TaskState } from "#core/tasks/task.ts";

/** Times of one schedule in one hour of which the same came. */
export interface CalendarEntry {
  readonly scheduleId: string;
  /** The first of them. */
  readonly at: number;
  readonly count: number;
  /** There are more than were counted. */
  readonly more: boolean;
  /** Of the last of them; unset for times to come. */
  readonly outcome?: TickOutcome;
  /** How the tasks stand that were started; unset where they are not kept. */
  readonly taskState?: TaskState;
}

interface Stretch {
  readonly from: number;
  /** Left out itself. */
  readonly to: number;
}

const hour = 3_600_000;
const longest = 31 * 24 * hour;
/** Times to come that are counted of a schedule's hour. */
const mostAnHour = 3;
/** Times that are worked out for an answer: each takes some hundredths of a millisecond. */
const mostTimes = 3_000;

/**
 * What came of the times of all schedules in a stretch, and which are to come in it, by hours from its start.
 *
 * @returns entries by time; `plannedUntil` is before the end where there are too many times to come
 * @throws RefusedError `invalid` for a stretch that ends before it starts, or is longer than 31 days
 */
export async function listCalendar(
  { store, calendar }: Pick<Ports, "store" | "calendar">,
  stretch: Stretch,
): Promise<{ readonly entries: readonly CalendarEntry[]; readonly plannedUntil: number }> {
  const { from, to } = stretch;
  if (to <= from) throw new RefusedError("invalid", "to_time: is not after from_time", "to_time");
  if (to - from > longest)
    throw new RefusedError("invalid", "to_time: is more than 31 days after from_time", "to_time");
  const [ticks, { schedules }] = await Promise.all([store.view.listTicksBetween(from, to), store.view.listSchedules()]);
  const ids = ticks.flatMap(({ outcome }) => (outcome.kind === "started" ? [outcome.taskId] : []));
  const tasks = ids.length === 0 ? [] : await store.view.getTasks(ids);
  const past = foldTicks(ticks, stretch, new Map(tasks.map(({ id, state }) => [id, state])));
  const { planned, until } = planTimes(calendar, schedules, stretch);
  return { entries: [...past, ...planned].sort((a, b) => a.at - b.at), plannedUntil: until };
}

/** @param ticks - by time */
function foldTicks(
  ticks: readonly Tick[],
  { from }: Stretch,
  states: ReadonlyMap<TaskId, TaskState>,
): readonly CalendarEntry[] {
  const entries = new Map<string, CalendarEntry>();
  for (const { scheduleId, at, outcome } of ticks) {
    const taskState = outcome.kind === "started" ? states.get(outcome.taskId) : undefined;
    const key = `${Math.floor((at - from) / hour)} ${outcome.kind} ${taskState} ${scheduleId}`;
    const before = entries.get(key);
    entries.set(key, {
      scheduleId,
      at: before?.at ?? at,
      count: (before?.count ?? 0) + 1,
      more: false,
      outcome,
      ...(taskState ? { taskState } : {}),
    });
  }
  return [...entries.values()];
}

/** Goes from hour to hour, so that what is left out is the end of the stretch and not some schedules. */
function planTimes(calendar: Calendar, schedules: readonly Schedule[], { from, to }: Stretch) {
  const planned: CalendarEntry[] = [];
  const next = new Map<Schedule, number>();
  for (const schedule of schedules) {
    const first = schedule.paused ? undefined : timeFrom(calendar, schedule, from);
    if (first !== undefined) next.set(schedule, first);
  }
  let left = mostTimes;
  for (let start = from; start < to; start += hour) {
    const end = Math.min(start + hour, to);
    const due = [...next].filter(([, at]) => at < end);
    if (left < due.length * (mostAnHour + 1)) return { planned, until: start };
    for (const [schedule, at] of due) {
      const { entry, following, steps } = planHour(calendar, schedule, at, end);
      planned.push(entry);
      left -= steps;
      if (following === undefined) next.delete(schedule);
      else next.set(schedule, following);
    }
  }
  return { planned, until: to };
}

/** The schedule's first time to come from `from` on. */
function timeFrom(calendar: Calendar, { cron, nextAt }: Schedule, from: number): number | undefined {
  return nextAt === undefined || nextAt >= from ? nextAt : calendar.next(cron, from - 1);
}

function planHour(calendar: Calendar, { id, cron }: Schedule, first: number, end: number) {
  let [count, steps] = [1, 1];
  let at = calendar.next(cron, first);
  while (at !== undefined && at < end && count < mostAnHour) {
    count += 1;
    steps += 1;
    at = calendar.next(cron, at);
  }
  const more = at !== undefined && at < end;
  const entry: CalendarEntry = { scheduleId: id, at: first, count, more };
  return { entry, steps: more ? steps + 1 : steps, following: more ? calendar.next(cron, end - 1) : at };
}
