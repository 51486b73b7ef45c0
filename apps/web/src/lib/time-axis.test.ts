import { expect, it } from "vitest";

import { timeAxis } from "./time-axis.ts";

const minute = 60_000;
const start = Date.UTC(2026, 10, 22, 2, 14);

it("chooses round ticks within the stretch", () => {
  const axis = timeAxis(start, start + 52 * minute, 7);
  expect(axis.ticks.map((tick) => new Date(tick).toISOString().slice(11, 16))).toEqual([
    "02:20",
    "02:30",
    "02:40",
    "02:50",
    "03:00",
  ]);
});

it("rounds on the reader's clock", () => {
  const axis = timeAxis(start, start + 5 * 24 * 60 * minute, 7, 330);
  expect(new Date(axis.ticks[0] ?? 0).toISOString()).toBe("2026-11-22T18:30:00.000Z");
});

it("places times in percent and keeps them inside", () => {
  const axis = timeAxis(0, 200, 4);
  expect([axis.place(-5), axis.place(50), axis.place(900)]).toEqual([0, 25, 100]);
});

it.each([0, 1, 90, 86_400_000 * 400])("has few ticks for %d ms", (span) => {
  expect(timeAxis(start, start + span, 7).ticks.length).toBeLessThanOrEqual(8);
});
