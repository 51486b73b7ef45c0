import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { GetOverviewResponseSchema } from "@tributary/proto/tributary/v1/overview_pb";
import { TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { expect, test } from "vitest";

import { scatterShape } from "./scatter-shape.ts";
import { stepTo } from "./scatter-steps.ts";
import { boxOf, pointsIn, searchFor, stretchAround, stretchIn, stretchText } from "./scatter-stretch.ts";

const now = Date.UTC(2026, 10, 22, 12);
const minute = 60_000;
const size = { width: 720, height: 240 };

/** Tasks that ended so many minutes ago and took so many seconds, newest first. */
function overviewOf(ended: readonly (readonly [minutesAgo: number, seconds: number, ran?: boolean])[]) {
  return create(GetOverviewResponseSchema, {
    durations: ended.map(([ago, seconds, ran = true], index) => ({
      taskId: index + 1,
      title: `t${index + 1}`,
      state: TaskState.SUCCEEDED,
      endTime: timestampFromMs(now - ago * minute),
      milliseconds: BigInt(Math.round(seconds * 1000)),
      ran,
    })),
  });
}

const day = overviewOf([
  [1, 2],
  [60, 0, false],
  [120, 30],
  [600, 0.2],
  [1_200, 300],
]);

test("a box means times and lengths no finer than its pixels, and has what lies in it", () => {
  const shape = scatterShape(day, 24, now);
  expect(shape.ended.map(({ id }) => id)).toEqual([5, 4, 3, 1]);
  const third = shape.ended.find(({ id }) => id === 3)!;
  const stretch = stretchIn(
    { left: third.x - 5, right: third.x + 5, top: third.y - 5, bottom: third.y + 5 },
    shape,
    size,
  );
  expect(pointsIn(stretch, shape.ended).map(({ id }) => id)).toEqual([3]);
  expect([stretch.from % minute, stretch.to % minute]).toEqual([0, 0]);
  const box = boxOf(stretch, shape);
  expect(box.left).toBeCloseTo(third.x - 5, 0);
  expect(box.bottom).toBeCloseTo(third.y + 5, 0);
});

test("a box of all is what ended between the first and the last that are shown, however long it took", () => {
  const shape = scatterShape(day, 24, now);
  const stretch = stretchIn({ left: 0, right: 100, top: 0, bottom: 100 }, shape, size);
  expect(stretch).toEqual({ from: now - 1_200 * minute, to: now - minute + 1, least: 0, most: undefined });
  expect(searchFor(stretch)).toEqual({
    endedFrom: "2026-11-21T16:00Z",
    endedTo: "2026-11-22T11:59:00.001Z",
    longer: "0s",
    shorter: undefined,
    order: "ended",
  });
});

test("where not all are told, those that ended with the oldest are left out", () => {
  const many = overviewOf(Array.from({ length: 500 }, (_, n) => [n < 490 ? 1 + n / 100 : 10, 1] as const));
  const shape = scatterShape(many, 24, now);
  expect(shape.ended).toHaveLength(490);
  const { from } = stretchIn({ left: 0, right: 100, top: 0, bottom: 100 }, shape, size);
  expect(from).toBeGreaterThan(now - 10 * minute);
});

test("it is said in words", () => {
  const from = new Date(2026, 10, 22, 14, 2).getTime();
  const stretch = { from, to: from + 18 * minute, least: 3_000, most: minute };
  expect(stretchText(stretch, 12)).toBe("12 tasks, 14:02 to 14:20, 3 s to 1 min");
  expect(stretchText({ ...stretch, least: 0 }, 1)).toBe("1 task, 14:02 to 14:20, up to 1 min");
  expect(stretchText({ ...stretch, to: stretch.to + 1_000, most: undefined }, 2)).toBe(
    "2 tasks, 14:02:00 to 14:20:01, 3 s or longer",
  );
});

test("keys lead to every task, by time, and to longer and shorter ones near by", () => {
  const { ended } = scatterShape(day, 24, now);
  let at = stepTo("Home", undefined, ended);
  const seen = [at?.id];
  for (let n = 1; n < ended.length; n++) {
    at = stepTo("ArrowRight", at, ended);
    seen.push(at?.id);
  }
  expect(seen).toEqual([5, 4, 3, 1]);
  expect(stepTo("ArrowRight", at, ended)).toBe(at);
  expect(stepTo("ArrowUp", at, ended)?.id).toBe(3);
  expect(stepTo("ArrowDown", at, ended)?.id).toBe(4);
  expect(stepTo("x", at, ended)).toBeUndefined();
  expect(pointsIn(stretchAround([ended[1]!, ended[3]!]), ended).map(({ id }) => id)).toEqual([4, 1]);
});
