import { waitFor } from "@testing-library/react";
import { expect, it } from "vitest";

import { LogFeed } from "./log-feed.ts";
import type { LogLine } from "./log-source.ts";
import { WindowedLog } from "./windowed-log.ts";

const made = (from: number, to: number): LogLine[] =>
  Array.from({ length: to - from }, (_, index) => ({ text: String(from + index) }));

it("makes one view of many changes and stays at the end", async () => {
  const log = new WindowedLog(async () => []);
  const feed = new LogFeed(log);
  const stop = feed.start();
  let views = 0;
  feed.subscribe(() => {
    views += 1;
  });
  for (let line = 0; line < 1000; line += 1) log.append(line, made(line, line + 1));
  await waitFor(() => expect(feed.view().count).toBe(1000));
  expect(views).toBeLessThan(5);
  expect(feed.view().line(999)?.text).toBe("999");
  stop();
});

it("shows no new line before its text is there", async () => {
  const answers: (() => void)[] = [];
  const log = new WindowedLog(async (from, to) => {
    await new Promise<void>((resolve) => answers.push(resolve));
    return made(from, to);
  });
  const feed = new LogFeed(log);
  const stop = feed.start();
  log.grow(50);
  await waitFor(() => expect(answers).toHaveLength(1));
  expect([feed.view().count, feed.view().latest]).toEqual([0, 0]);
  answers[0]?.();
  await waitFor(() => expect(feed.view().count).toBe(50));
  expect(feed.view().line(49)?.text).toBe("49");
  stop();
});

it("asks for one window at a time, and then for the last one wished for", async () => {
  const asked: number[] = [];
  const answers: (() => void)[] = [];
  const log = new WindowedLog(async (from, to) => {
    asked.push(from);
    await new Promise<void>((resolve) => answers.push(resolve));
    return made(from, to);
  }, 100);
  log.grow(100_000);
  const feed = new LogFeed(log);
  feed.want(0, 50, false);
  const stop = feed.start();
  for (let from = 1000; from <= 90_000; from += 1000) feed.want(from, from + 50, false);
  expect(asked).toEqual([0]);
  answers.shift()?.();
  await waitFor(() => expect(asked).toEqual([0, 90_000]));
  answers.shift()?.();
  await waitFor(() => expect(feed.view().line(90_010)?.text).toBe("90010"));
  stop();
});

it("says when lines cannot be read, and reads them when asked again", async () => {
  let fails = true;
  const log = new WindowedLog(async (from, to) => {
    if (fails) throw new Error("unavailable");
    return made(from, to);
  });
  log.grow(10);
  const feed = new LogFeed(log);
  const stop = feed.start();
  await waitFor(() => expect(feed.view().failed).toBe(true));
  fails = false;
  feed.retry();
  await waitFor(() => expect(feed.view().line(3)?.text).toBe("3"));
  expect(feed.view().failed).toBe(false);
  stop();
});

it("shows a line that went on, and a log that begins anew", async () => {
  const log = new WindowedLog(async () => []);
  log.append(0, [{ text: "half" }]);
  const feed = new LogFeed(log);
  const stop = feed.start();
  expect(feed.view().line(0)?.text).toBe("half");
  log.append(0, [{ text: "half a line" }]);
  await waitFor(() => expect(feed.view().line(0)?.text).toBe("half a line"));
  log.reset();
  await waitFor(() => expect(feed.view()).toMatchObject({ count: 0, latest: 0, ended: false }));
  log.end();
  await waitFor(() => expect(feed.view().ended).toBe(true));
  stop();
});

it("asks for no view of its own when the window at the end moves with what came", async () => {
  const log = new WindowedLog(async () => []);
  log.append(0, made(0, 1000));
  const feed = new LogFeed(log);
  const stop = feed.start();
  const before = feed.view();
  log.append(1000, made(1000, 3000));
  feed.want(2900, 3000, true);
  expect(feed.view()).toBe(before);
  await waitFor(() => expect(feed.view().line(2999)?.text).toBe("2999"));
  stop();
});
