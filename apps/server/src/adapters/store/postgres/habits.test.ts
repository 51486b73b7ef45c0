import { expect, test } from "vitest";
import { Habits } from "./habits.ts";

test("a unit is tried as a reader while it mostly changes nothing", () => {
  const habits = new Habits();
  const unit = () => {};
  expect(habits.mostlyReads(unit)).toBe(false);
  habits.note(unit, false);
  expect(habits.mostlyReads(unit)).toBe(true);
  for (let n = 0; n < 4; n += 1) habits.note(unit, true);
  expect(habits.mostlyReads(unit)).toBe(false);
  for (let n = 0; n < 4; n += 1) habits.note(unit, false);
  expect(habits.mostlyReads(unit)).toBe(true);
  expect(habits.mostlyReads(() => {})).toBe(false);
});
