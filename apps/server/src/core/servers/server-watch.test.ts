import { describe, expect, it } from "vitest";
import { ServerWatch } from "#core/servers/server-watch.ts";

describe("watching other servers", () => {
  it("finds those whose beats stop, after its patience", () => {
    const watch = new ServerWatch(100);
    watch.look([{ id: "a", beats: 1 }], 0);
    for (let now = 30; now <= 90; now += 30) watch.look([{ id: "a", beats: 1 }], now);
    expect(watch.silent(99)).toEqual([]);
    expect(watch.silent(100)).toEqual([{ id: "a", beats: 1 }]);
    watch.look([{ id: "a", beats: 2 }], 110);
    expect(watch.silent(150)).toEqual([]);
  });

  it("does not count time in which it did not look itself", () => {
    const watch = new ServerWatch(100);
    watch.look([{ id: "a", beats: 1 }], 0);
    watch.look([{ id: "a", beats: 1 }], 500);
    expect(watch.silent(500)).toEqual([]);
    expect(watch.silent(1_000)).toEqual([]);
    watch.look([{ id: "a", beats: 1 }], 550);
    expect(watch.silent(600)).toEqual([{ id: "a", beats: 1 }]);
  });

  it("forgets those that are not told any more", () => {
    const watch = new ServerWatch(100);
    watch.look([{ id: "a", beats: 1 }], 0);
    watch.look([], 40);
    expect(watch.silent(1_000)).toEqual([]);
  });
});
