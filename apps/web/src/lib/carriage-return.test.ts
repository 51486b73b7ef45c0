import { expect, it } from "vitest";

import { foldCarriageReturns } from "./carriage-return.ts";

it.each([
  ["plain", "plain", 0],
  ["from windows\r", "from windows", 0],
  ["0%\r50%\r100%", "100%", 2],
  ["0%\r50%\r100%\r", "100%", 2],
  ["\r\r\rlast", "last", 0],
  ["\r", "", 0],
  ["spin |\b/\b-\bdone", "spin done", 0],
  ["\b\bkept", "kept", 0],
])("folds %j into %j", (text, last, folded) => expect(foldCarriageReturns(text)).toEqual({ text: last, folded }));
