import { expect, it } from "vitest";

import { parseAnsi, plainText } from "./ansi.ts";

const e = "\u001b[";
const bell = "\u0007";

it("names the sixteen colours so that the theme can choose them", () => {
  expect(parseAnsi(`${e}31;1mERROR${e}0m now`)).toEqual([
    { text: "ERROR", className: "a-red a-bold", color: undefined, background: undefined, href: undefined },
    { text: " now", className: "", color: undefined, background: undefined, href: undefined },
  ]);
  expect(parseAnsi(`${e}92mok`)[0]).toMatchObject({ className: "a-green a-bright" });
  expect(parseAnsi(`${e}41mhot`)[0]).toMatchObject({ className: "a-bg-red" });
});

it("works out palette and true colours", () => {
  expect(parseAnsi(`${e}38;5;208mx`)[0]).toMatchObject({ color: "rgb(255, 135, 0)" });
  expect(parseAnsi(`${e}38;5;232mx`)[0]).toMatchObject({ color: "rgb(8, 8, 8)" });
  expect(parseAnsi(`${e}38;2;1;2;3mx`)[0]?.color?.replaceAll(" ", "")).toBe("rgb(1,2,3)");
  expect(parseAnsi(`${e}48;5;21mx`)[0]).toMatchObject({ background: "rgb(0, 0, 255)" });
});

it("keeps colours on through a link and links web addresses only", () => {
  const linked = parseAnsi(`${e}32mgo to \u001b]8;;https://example.org/a${bell}the docs\u001b]8;;${bell} now`);
  expect(linked.map(({ text, href, className }) => [text, href, className])).toEqual([
    ["go to ", undefined, "a-green"],
    ["the docs", "https://example.org/a", "a-green"],
    [" now", undefined, "a-green"],
  ]);
  const script = parseAnsi(`\u001b]8;;javascript:alert(1)\u001b\\click\u001b]8;;\u001b\\`);
  expect(script.map(({ text, href }) => [text, href])).toEqual([["click", undefined]]);
});

it("drops what a terminal would act on and the reader must not see", () => {
  expect(plainText(`\u001b]0;title${bell}a${e}2Kb${e}1;1Hc\u001b(Bd`)).toBe("abcd");
  expect(plainText("bell\u0007 null\u0000 tab\tkept")).toBe("bell null tab\tkept");
});

it("shows markup as text", () => {
  expect(parseAnsi(`${e}1m<b>&amp;</b>`)[0]?.text).toBe("<b>&amp;</b>");
});

it("survives sequences that never end", () => {
  expect(plainText(`a${e}`)).toBe("a");
  expect(plainText("a\u001b]8;;https://example.org")).not.toContain("\u001b");
  expect(plainText(`a${e}31`)).not.toContain("\u001b");
});
