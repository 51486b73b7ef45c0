import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { CalendarEntrySchema } from "@tributary/proto/tributary/v1/schedules_pb";
import { expect, test } from "vitest";

import { addDays, dayOf, dayText, hoursOf, layWeek, weekStart } from "#pages/schedules/week.ts";

const sunday = new Date(2026, 10, 22, 17, 30).getTime();

test("a week begins on the Monday before, by the reader's clock", () => {
  expect(dayText(weekStart(sunday))).toBe("2026-11-16");
  expect(dayText(weekStart(addDays(sunday, 1)))).toBe("2026-11-23");
  expect(dayOf("2026-11-16")).toBe(weekStart(sunday));
  expect([dayOf("2026-02-30"), dayOf("soon"), dayOf(undefined)]).toEqual([undefined, undefined, undefined]);
});

test("entries lie in their day and hour; the hours shown are those from the first to the last used", () => {
  const start = weekStart(sunday);
  const entry = (day: number, hours: number) =>
    create(CalendarEntrySchema, {
      scheduleId: `s${day}`,
      time: timestampFromMs(addDays(start, day) + hours * 3_600_000),
    });
  const days = layWeek(start, [entry(6, 9.5), entry(0, 3), entry(0, 3.9)]);
  expect(days).toHaveLength(7);
  expect(days[0]?.hours).toMatchObject([{ hour: 3, entries: [{ scheduleId: "s0" }, { scheduleId: "s0" }] }]);
  expect(days[6]?.hours).toMatchObject([{ hour: 9 }]);
  expect(hoursOf(days)).toEqual([3, 4, 5, 6, 7, 8, 9]);
  expect(hoursOf(layWeek(start, []))).toHaveLength(24);
});
