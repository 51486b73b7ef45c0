import { describe, expect, test } from "vitest";
import { cronerCalendar } from "#adapters/calendar/croner/index.ts";
import { latestTick } from "#core/schedules/latest-tick.ts";

const calendar = cronerCalendar();

/** The first `count` times after a moment. */
function times(schedule: string, from: string, count: number): string[] {
  const told: string[] = [];
  for (let at: number | undefined = Date.parse(from); told.length < count; ) {
    at = calendar.next(schedule, at);
    if (at === undefined) break;
    told.push(new Date(at).toISOString().replace(":00.000Z", "Z"));
  }
  return told;
}

describe("a schedule", () => {
  test.each([
    ["* * * * *", "2026-11-22T10:00:30Z", ["2026-11-22T10:01Z", "2026-11-22T10:02Z"]],
    ["15 2 * * *", "2026-11-22T02:15:00Z", ["2026-11-23T02:15Z", "2026-11-24T02:15Z"]],
    ["*/20 9-10 * * *", "2026-11-22T09:39:59Z", ["2026-11-22T09:40Z", "2026-11-22T10:00Z"]],
    ["0 0 1,15 * *", "2026-11-22T00:00:00Z", ["2026-12-01T00:00Z", "2026-12-15T00:00Z"]],
    ["0 12 * * MON", "2026-11-22T00:00:00Z", ["2026-11-23T12:00Z", "2026-11-30T12:00Z"]],
    ["0 12 * * 0", "2026-11-22T00:00:00Z", ["2026-11-22T12:00Z", "2026-11-29T12:00Z"]],
    // both days must match: Fridays that are a 13th
    ["0 0 13 * FRI", "2026-11-22T00:00:00Z", ["2027-08-13T00:00Z", "2028-10-13T00:00Z"]],
    ["0 0 29 2 *", "2026-11-22T00:00:00Z", ["2028-02-29T00:00Z", "2032-02-29T00:00Z"]],
    ["CRON_TZ=Europe/Berlin 30 8 * * *", "2026-03-28T00:00:00Z", ["2026-03-28T07:30Z", "2026-03-29T06:30Z"]],
    ["TZ=Asia/Kolkata 0 0 * * *", "2026-11-22T00:00:00Z", ["2026-11-22T18:30Z", "2026-11-23T18:30Z"]],
  ])("%s comes round after %s at %j", (schedule, from, expected) => {
    expect(times(schedule, from, 2)).toEqual(expected);
  });

  test("in a time zone comes round once in the hour that is there twice, and not early in the one that is left out", () => {
    expect(times("CRON_TZ=Europe/Berlin 30 2 * * *", "2026-10-24T12:00:00Z", 2)).toEqual([
      "2026-10-25T00:30Z",
      "2026-10-26T01:30Z",
    ]);
    const [first = ""] = times("CRON_TZ=Europe/Berlin 30 2 * * *", "2026-03-28T12:00:00Z", 1);
    expect(Date.parse(first)).toBeGreaterThanOrEqual(Date.parse("2026-03-29T01:00:00Z"));
  });

  test("that names no day of any year never comes round", () => {
    expect(calendar.next("0 0 31 2 *", Date.now())).toBeUndefined();
  });

  test.each([
    ["", "it has 0 of the five fields"],
    ["* * * *", "it has 4 of the five fields"],
    ["0 * * * * *", "it has 6 of the five fields"],
    ["60 * * * *", 'the minute "60"'],
    ["0 24 * * *", 'the hour "24"'],
    ["0 0 0 * *", 'the day of month "0"'],
    ["0 0 * 13 *", 'the month "13"'],
    ["0 0 * * 8", 'the day of week "8"'],
    ["0 0 * * FOO", 'the day of week "FOO"'],
    ["a b c d e", 'the minute "a"'],
    ["*/0 * * * *", 'the minute "*/0"'],
    ["5-1 * * * *", 'the minute "5-1"'],
    ["@daily", "it has 1 of the five fields"],
    ["0 0 L * *", 'the day of month "L"'],
    ["CRON_TZ=Mars/Base * * * * *", 'no time zone "Mars/Base"'],
  ])("%j is refused, naming what is wrong", (schedule, message) => {
    expect(() => calendar.next(schedule, 0)).toThrow(
      expect.objectContaining({ refusal: "invalid", field: "schedule", message: expect.stringContaining(message) }),
    );
  });
});

describe("the latest time that passed", () => {
  const at = (text: string) => Date.parse(text);

  test.each([
    ["* * * * *", "2025-01-01T00:00Z", "2026-11-22T10:00:30Z", "2026-11-22T10:00:00Z"],
    ["* * * * MON", "2025-01-06T00:00Z", "2026-11-22T10:00:30Z", "2026-11-16T23:59:00Z"],
    ["15 2 * * *", "2026-11-22T02:15Z", "2026-11-22T02:15:00Z", "2026-11-22T02:15:00Z"],
    ["0 0 29 2 *", "2028-02-29T00:00Z", "2031-06-01T00:00Z", "2028-02-29T00:00:00Z"],
  ])("of %s, first at %s, is at %s told as %s", (schedule, first, now, expected) => {
    expect(new Date(latestTick(calendar, schedule, at(first), at(now))).toISOString()).toBe(
      expected.replace("Z", ".000Z"),
    );
  });
});

test("a time is spelled so that it can be part of a name", () => {
  expect(calendar.stamp(Date.parse("2026-11-22T02:15:59Z"))).toBe("20261122t0215z");
});
