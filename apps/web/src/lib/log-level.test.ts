import { expect, it } from "vitest";

import { detectLevel } from "./log-level.ts";

it.each([
  "ERROR calibration failed",
  "2026-11-22 02:14:00,123 ERROR root: no",
  "[ERROR] no",
  '{"level":"error","msg":"no"}',
  "level=fatal msg=no",
  "error: no such file",
  "Error [ERR_MODULE]: no",
  "Traceback (most recent call last):",
  "ValueError: Input X contains NaN",
  "sklearn.exceptions.NotFittedError: fit first",
  "java.lang.NullPointerException",
  "E1122 02:14:00.123 main.go:3] no",
  "Killed",
])("takes %j for an error", (text) => expect(detectLevel(text)).toBe("error"));

it.each([
  "feat  WARN  store 0418",
  "[WARNING] old",
  "warning: unused",
  "lib.py:3: DeprecationWarning: old",
  "level=warn",
  "W1122 02:14:00 x",
])("takes %j for a warning", (text) => expect(detectLevel(text)).toBe("warn"));

it.each([
  "0 errors, 0 warnings",
  "no error was found",
  "error rate 0.4127",
  "fold 4/5 INFO rmse",
  "ERRORS=0",
  "terror: not one",
  "",
])("says nothing of %j", (text) => expect(detectLevel(text)).toBeUndefined());

it("reads the beginning of very long lines only", () => {
  expect(detectLevel(`${"x".repeat(400)} ERROR `)).toBeUndefined();
});
