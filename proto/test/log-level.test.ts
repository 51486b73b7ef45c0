import { expect, it } from "vitest";
import { levelHint, levelOf } from "../rules/log-level.ts";

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
  ["2026-11-22 02:14:00,123 ERROR root: no", "error"],
  ["Error [ERR_MODULE]: no", "error"],
  ["java.lang.NullPointerException", "error"],
  ["feat  WARN  store 0418", "warn"],
  ["0 errors, 0 warnings", "info"],
  ["no error was found", "info"],
  ["error rate 0.4127", "info"],
  ["terror: not one", "info"],
  ["Mirror, mirror", "info"],
  ["", "info"],
];

it.each(lines)("%s", (line, level) => {
  expect(levelOf(line)).toBe(level);
  if (level !== "info") expect(line.search(levelHint)).toBeGreaterThanOrEqual(0);
});

it("reads the beginning of very long lines only", () => {
  expect(levelOf(`${"x".repeat(400)} ERROR `)).toBe("info");
});
