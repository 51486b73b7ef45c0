import { expect, it } from "vitest";
import { plainText } from "#core/logs/plain-text.ts";

it("leaves out what only a terminal acts on", () => {
  expect(plainText("\u001b[1;31mERR\u001b[0mOR \u001b]8;;http://x\u0007link\u001b]8;;\u0007\u0000 a\tb\r\n")).toBe(
    "ERROR link a\tb\r\n",
  );
  expect(plainText("plain")).toBe("plain");
});
