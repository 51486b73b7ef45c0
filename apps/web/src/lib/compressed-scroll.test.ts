import { describe, expect, it } from "vitest";

import { heightLimit, scrollScale } from "./compressed-scroll.ts";

describe("a log that fits", () => {
  const scale = scrollScale(10_000, 600);

  it("is scrolled pixel by pixel", () => {
    expect(scale).toMatchObject({ height: 10_000, end: 9400, compressed: false });
    expect([scale.toTop(1234), scale.toScroll(1234)]).toEqual([1234, 1234]);
    expect([scale.toTop(-5), scale.toTop(99_999)]).toEqual([0, 9400]);
  });

  it("never makes the element lower than the view", () => {
    expect(scrollScale(100, 600)).toMatchObject({ height: 600, end: 0 });
  });
});

describe("a log of five million lines", () => {
  const total = 5_000_000 * 20;
  const scale = scrollScale(total, 600);

  it("stays within what browsers can lay out", () => {
    expect(scale).toMatchObject({ height: heightLimit, compressed: true });
  });

  it("has both ends at the ends", () => {
    expect([scale.toTop(0), scale.toTop(scale.end)]).toEqual([0, total - 600]);
    expect([scale.toScroll(0), scale.toScroll(total - 600)]).toEqual([0, scale.end]);
  });

  it("has true pixels near both ends", () => {
    expect(scale.toTop(1000)).toBe(1000);
    expect(scale.toTop(scale.end - 1000)).toBe(total - 600 - 1000);
  });

  it("never goes back, and there and back is the same place", () => {
    let last = -1;
    for (let scroll = 0; scroll <= scale.end; scroll += scale.end / 977) {
      const top = scale.toTop(scroll);
      expect(top).toBeGreaterThan(last);
      expect(scale.toScroll(top)).toBeCloseTo(scroll, 3);
      last = top;
    }
  });
});
