import { expect, it } from "vitest";
import { levelHint, levelOf } from "#core/logs/log-level.ts";
import { plainText } from "#core/logs/plain-text.ts";
// Lines that come live get their level in the browser.
import { detectLevel } from "../../../web/src/lib/log-level.ts";

const lines: readonly (readonly [string, ReturnType<typeof levelOf>])[] = [
  ["2026-11-22 10:00:00,000 ERROR trainer: no data", "error"],
  ["[FATAL] gone", "error"],
  [`{"level":"error","msg":"x"}`, "error"],
  ["time=1 level=Critical msg=x", "error"],
  ["  error: cannot", "error"],
  ["panic(", "error"],
  ["Traceback (most recent call last):", "error"],
  ["pandas.errors.ParserError: bad", "error"],
  ["KeyError", "error"],
  ["E1122 10:11:12.1 main.go", "error"],
  ["Killed", "error"],
  ["Segmentation fault (core dumped)", "error"],
  ["Out of memory: killed process", "error"],
  ["10:00 WARN low", "warn"],
  ["level=warning msg=x", "warn"],
  ["warning: old", "warn"],
  ["x.py:1: DeprecationWarning: old", "warn"],
  ["W1122 10:11:12.1 main.go", "warn"],
  ["INFO all errors are gone", "info"],
  ["ERRORS=0", "info"],
  ["Mirror, mirror", "info"],
  ["", "info"],
];

it.each(lines)("%s", (line, level) => {
  expect(levelOf(line)).toBe(level);
  expect(detectLevel(line) ?? "info").toBe(level);
  if (level !== "info") expect(line.search(levelHint)).toBeGreaterThanOrEqual(0);
});

it("leaves out what only a terminal acts on", () => {
  expect(plainText("\u001b[1;31mERR\u001b[0mOR \u001b]8;;http://x\u0007link\u001b]8;;\u0007\u0000 a\tb\r\n")).toBe(
    "ERROR link a\tb\r\n",
  );
  expect(plainText("plain")).toBe("plain");
});
