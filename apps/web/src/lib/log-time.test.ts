import { expect, it } from "vitest";

import { formatLogTime } from "./log-time.ts";

const at = Date.UTC(2026, 10, 22, 2, 47, 3, 118);

it("writes UTC to the millisecond", () => expect(formatLogTime(at, "utc", 0)).toBe("02:47:03.118"));

it("writes the reader's clock", () => {
  const local = new Date(2026, 10, 22, 9, 5, 7, 8).getTime();
  expect(formatLogTime(local, "local", 0)).toBe("09:05:07.008");
});

it("counts from the start, and before it", () => {
  expect(formatLogTime(at + 3_723_450, "relative", at)).toBe("+1:02:03.4");
  expect(formatLogTime(at - 1500, "relative", at)).toBe("-0:00:01.5");
});
