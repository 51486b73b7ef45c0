import { type CalendarEntry, TickOutcome } from "@tributary/proto/tributary/v1/schedules_pb";

import { toMs } from "#api/time.ts";

/** An hour of a day in which something comes round or came round, by the reader's clock. */
export interface WeekHour {
  readonly hour: number;
  readonly entries: readonly CalendarEntry[];
}

export interface WeekDay {
  /** When it begins, in ms. */
  readonly start: number;
  /** Those in which there is something, by time. */
  readonly hours: readonly WeekHour[];
}

/** The midnight that begins the week of a time, a Monday by the reader's clock. */
export function weekStart(at: number): number {
  const day = new Date(at);
  const sinceMonday = (day.getDay() + 6) % 7;
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() - sinceMonday).getTime();
}

/** So many days later by the reader's clock, also where a day has not 24 hours. */
export function addDays(at: number, days: number): number {
  const day = new Date(at);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + days).getTime();
}

/** A day as it stands in the address: `2026-11-23`. */
export function dayText(at: number): string {
  const day = new Date(at);
  const two = (part: number) => String(part).padStart(2, "0");
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

/** The day of an address; undefined for what is none. */
export function dayOf(text: string | undefined): number | undefined {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text ?? "") ?? [];
  if (year === undefined) return undefined;
  const at = new Date(Number(year), Number(month) - 1, Number(day)).getTime();
  return dayText(at) === text ? at : undefined;
}

/** What a week has, day by day and hour by hour. */
export function layWeek(start: number, entries: readonly CalendarEntry[]): readonly WeekDay[] {
  const days = Array.from({ length: 7 }, (_, index) => ({
    start: addDays(start, index),
    hours: new Map<number, CalendarEntry[]>(),
  }));
  for (const entry of entries) {
    const at = toMs(entry.time) ?? 0;
    const hours = days.findLast((day) => day.start <= at)?.hours;
    const hour = new Date(at).getHours();
    hours?.set(hour, [...(hours.get(hour) ?? []), entry]);
  }
  return days.map((day) => ({
    start: day.start,
    hours: [...day.hours].map(([hour, list]) => ({ hour, entries: list })).sort((a, b) => a.hour - b.hour),
  }));
}

/** The hours that any day uses, with those between them; of an empty week, all of them. */
export function hoursOf(days: readonly WeekDay[]): readonly number[] {
  const used = days.flatMap(({ hours }) => hours.map(({ hour }) => hour));
  const [first, last] = used.length === 0 ? [0, 23] : [Math.min(...used), Math.max(...used)];
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

export function isPlanned({ outcome }: CalendarEntry): boolean {
  return outcome === TickOutcome.UNSPECIFIED;
}
