import { beforeEach, describe, expect, it } from "vitest";

import { layLines } from "./line-layout.ts";
import { LogScroller } from "./log-scroller.ts";

const view = 600;

function scrollerOf(lines: number, wrap = false, dividers: number[] = []): LogScroller {
  const layout = layLines(lines, dividers);
  const scroller = new LogScroller(layout);
  scroller.layOut(layout, view, wrap);
  return scroller;
}

/** What a browser does: moves the bar, and lets it rest where it belongs. */
function scroll(scroller: LogScroller, by: number): void {
  scroller.barMoved(scroller.barPosition + by);
}
function rest(scroller: LogScroller): void {
  scroller.barPut(scroller.barPosition);
}

describe("a short log", () => {
  it("follows the bar exactly", () => {
    const scroller = scrollerOf(1000);
    expect(scroller.barMoved(1234)).toBe(true);
    expect(scroller.viewpoint).toEqual({ line: 61, offset: 14 });
    expect(scroller.barPosition).toBe(1234);
    expect(scroller.barMoved(1234)).toBe(false);
  });

  it("that fits in view is at its end at once", () => {
    const scroller = scrollerOf(5);
    expect(scroller.atEnd).toBe(true);
    expect(scroller.height).toBe(view);
    expect(scroller.window(20)).toEqual({ from: 0, to: 5 });
  });

  it("counts the rules between attempts", () => {
    const scroller = scrollerOf(1000, false, [10]);
    scroller.barMoved(10 * 20 + 44 + 20);
    expect(scroller.viewpoint).toEqual({ line: 11, offset: 0 });
  });
});

describe("a log of five million lines", () => {
  let scroller: LogScroller;
  beforeEach(() => {
    scroller = scrollerOf(5_000_000);
    scroller.moveToShare(0.5);
    rest(scroller);
  });

  it("moves by pixels in the middle, however much the bar stands for", () => {
    const before = scroller.viewpoint.line;
    for (let turn = 0; turn < 50; turn += 1) {
      scroll(scroller, 100);
      rest(scroller);
    }
    expect(scroller.viewpoint.line - before).toBe(250);
  });

  it("moves by pixels while the bar drifts", () => {
    const before = scroller.viewpoint.line;
    let bar = scroller.barPosition;
    for (let turn = 0; turn < 50; turn += 1) {
      bar += 100;
      scroller.barMoved(bar);
    }
    expect(scroller.viewpoint.line - before).toBe(250);
  });

  it("jumps in proportion when the bar is dragged", () => {
    scroller.barMoved(scroller.height * 0.75);
    expect(scroller.viewpoint.line / 5_000_000).toBeGreaterThan(0.7);
    expect(scroller.viewpoint.line / 5_000_000).toBeLessThan(0.82);
  });

  it("reaches the last line by the bar's end", () => {
    scroller.barMoved(scroller.height - view);
    expect(scroller.atEnd).toBe(true);
    expect(scroller.window(0).to).toBe(5_000_000);
  });

  it("stays where it is while the log grows", () => {
    const before = scroller.viewpoint;
    scroller.layOut(layLines(6_000_000, []), view, false);
    expect(scroller.viewpoint).toEqual(before);
  });

  it("brings any line to the middle", () => {
    scroller.moveTo(4_000_000, "center");
    expect(scroller.offsetOf(4_000_000)).toBe((view - 20) / 2);
    scroller.moveTo(4_000_003, "reveal");
    expect(scroller.offsetOf(4_000_000)).toBe((view - 20) / 2);
  });

  it("brings the first and the last line into view", () => {
    scroller.moveTo(0, "center");
    expect(scroller.viewpoint).toEqual({ line: 0, offset: 0 });
    scroller.moveTo(4_999_999, "start");
    expect(scroller.atEnd).toBe(true);
  });
});

describe("wrapped lines", () => {
  it("are scrolled by their true height", () => {
    const scroller = scrollerOf(1000, true);
    for (let line = 0; line < 60; line += 1) scroller.measure(line, 100);
    scroll(scroller, 250);
    expect(scroller.viewpoint).toEqual({ line: 2, offset: 50 });
    expect(scroller.offsetOf(0)).toBe(-250);
    expect(scroller.offsetOf(4)).toBe(150);
  });

  it("make a short log scroll that would fit unwrapped", () => {
    const scroller = scrollerOf(20, true);
    for (let line = 0; line < 20; line += 1) scroller.measure(line, 100);
    expect(scroller.height).toBe(2032);
    scroller.toEnd();
    expect(scroller.barPosition).toBe(2032 - view);
    expect(scroller.offsetOf(19)).toBe(view - 32 - 100);
  });

  it("never skip lines when the bar reaches its end too early", () => {
    const scroller = scrollerOf(1000, true);
    scroller.moveTo(940, "start");
    rest(scroller);
    for (let line = 940; line < 1000; line += 1) scroller.measure(line, 200);
    scroll(scroller, 300);
    expect(scroller.viewpoint).toEqual({ line: 941, offset: 100 });
    expect(scroller.atEnd).toBe(false);
  });

  it("are forgotten with the width", () => {
    const scroller = scrollerOf(1000, true);
    scroller.measure(3, 100);
    scroller.forgetHeights();
    expect(scroller.height).toBe(1000 * 20 + 32);
  });

  it("keep a bounded number of heights", () => {
    const scroller = scrollerOf(100_000, true);
    for (let line = 0; line < 20_000; line += 1) scroller.measure(line, 40);
    expect(scroller.height).toBeLessThan(100_000 * 20 + 32 + 4001 * 20);
    expect(scroller.rowHeight(19_999)).toBe(40);
  });
});

it("knows the last line in view", () => {
  const scroller = scrollerOf(1000, true);
  expect(scroller.bottomLine).toBe(29);
  for (let line = 0; line < 10; line += 1) scroller.measure(line, 100);
  expect(scroller.bottomLine).toBe(5);
  scroller.toEnd();
  expect(scroller.bottomLine).toBe(999);
});

it("draws spare lines in steps", () => {
  const scroller = scrollerOf(10_000);
  scroller.moveTo(5000, "start");
  const window = scroller.window(24);
  expect(window.from).toBeLessThanOrEqual(5000 - 24);
  expect(window.to).toBeGreaterThanOrEqual(5000 + 30 + 24);
  scroll(scroller, 20);
  expect(scroller.window(24)).toEqual(window);
});
