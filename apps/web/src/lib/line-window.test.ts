import { expect, it } from "vitest";

import { LineWindow } from "./line-window.ts";
import type { LogLine } from "./log-source.ts";

const texts = (lines: readonly LogLine[]) => lines.map(({ text }) => text);
const made = (from: number, to: number): LogLine[] =>
  Array.from({ length: to - from }, (_, index) => ({ text: String(from + index) }));

/** A server with so many lines that keeps count of what it is asked. */
function server(count: number) {
  const asked: string[] = [];
  const load = async (from: number, to: number) => {
    asked.push(`${from}-${to}`);
    return made(from, Math.min(to, count));
  };
  return { asked, load };
}

it("asks for whole chunks once and answers at once afterwards", async () => {
  const { asked, load } = server(100);
  const window = new LineWindow(load, 10);
  expect(texts(await window.get(8, 12))).toEqual(["8", "9", "10", "11"]);
  const again = window.get(0, 20);
  expect(again).not.toBeInstanceOf(Promise);
  expect(texts(await again)).toHaveLength(20);
  expect(asked).toEqual(["0-10", "10-20"]);
});

it("asks once for what two readers want at the same time", async () => {
  const { asked, load } = server(100);
  const window = new LineWindow(load, 10);
  await Promise.all([window.get(0, 5), window.get(3, 9)]);
  expect(asked).toEqual(["0-10"]);
});

it("keeps the same object for the same line", async () => {
  const window = new LineWindow(server(100).load, 10);
  const [first] = await window.get(3, 4);
  expect((await window.get(0, 10))[3]).toBe(first);
});

it("asks only for what was added to an unfinished chunk", async () => {
  const { asked, load } = server(100);
  const window = new LineWindow(load, 10);
  window.put(0, made(0, 4));
  expect(texts(await window.get(2, 6))).toEqual(["2", "3", "4", "5"]);
  expect(asked).toEqual(["4-10"]);
});

it("takes lines that come by themselves, over chunks", async () => {
  const { asked, load } = server(0);
  const window = new LineWindow(load, 10);
  window.put(0, made(0, 7));
  window.put(7, made(7, 25));
  expect(texts(await window.get(0, 25))).toEqual(texts(made(0, 25)));
  expect(asked).toEqual([]);
});

it("does not take lines that leave a hole", async () => {
  const { asked, load } = server(100);
  const window = new LineWindow(load, 10);
  window.put(5, made(5, 8));
  expect(texts(await window.get(5, 8))).toEqual(["5", "6", "7"]);
  expect(asked).toEqual(["0-10"]);
});

it("replaces a line that went on", async () => {
  const window = new LineWindow(server(0).load, 10);
  window.put(0, made(0, 3));
  window.put(2, [{ text: "2, and more" }]);
  expect(texts(await window.get(0, 3))).toEqual(["0", "1", "2, and more"]);
});

it("keeps so many chunks and forgets the least used", async () => {
  const { asked, load } = server(1000);
  const window = new LineWindow(load, 10, 2);
  for (const from of [0, 10, 0, 20]) await window.get(from, from + 10);
  await window.get(0, 10);
  expect(asked).toEqual(["0-10", "10-20", "20-30"]);
  await window.get(10, 20);
  expect(asked).toHaveLength(4);
});

it("tries again after a refusal", async () => {
  let fails = true;
  const window = new LineWindow(async (from, to) => {
    if (fails) throw new Error("unavailable");
    return made(from, to);
  }, 10);
  await expect(window.get(0, 5)).rejects.toThrow("unavailable");
  fails = false;
  expect(texts(await window.get(0, 2))).toEqual(["0", "1"]);
});

it("forgets from a position on", async () => {
  const { asked, load } = server(100);
  const window = new LineWindow(load, 10);
  await window.get(0, 30);
  window.forget(15);
  expect(window.get(0, 15)).not.toBeInstanceOf(Promise);
  await window.get(0, 30);
  expect(asked.slice(3)).toEqual(["15-20", "20-30"]);
});
