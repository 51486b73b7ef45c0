import { expect, test } from "vitest";
import { highlight, type TokenKind } from "#lib/highlight.ts";

/** The pieces of a kind, line by line. */
const found = (text: string, name: string, kind: TokenKind) =>
  highlight(text, name).map((line) => line.filter((token) => token.kind === kind).map((token) => token.text));

const textOf = (text: string, name: string) =>
  highlight(text, name)
    .map((line) => line.map((token) => token.text).join(""))
    .join("\n");

test.each([
  ["a.py", 'def f(x):  # why\n    """two\n    lines"""\n    return "a\\"b" + 3.5\n'],
  ["run.sh", "if [ -n \"$A\" ]; then echo 'x # y' # z\nfi"],
  ["x.sql", "select 'it''s', 1 -- why\nfrom t"],
  ["x.json", '{"a": [true, 12e3, null]}'],
  ["noend", "as it is\n\n"],
  ["empty.py", ""],
  ["open.ts", "const a = `never\nclosed"],
])("nothing of %s is lost", (name, text) => {
  expect(textOf(text, name)).toBe(text);
});

test("comments, strings, numbers and keywords are told apart, over lines too", () => {
  const code = 'def f(x):  # why\n    """two\n    lines"""\n    return "a" + 3.5';
  expect(found(code, "a.py", "comment")[0]).toEqual(["# why"]);
  expect(found(code, "a.py", "keyword")).toEqual([["def"], [], [], ["return"]]);
  expect(found(code, "a.py", "string")).toEqual([[], ['"""two'], ['    lines"""'], ['"a"']]);
  expect(found(code, "a.py", "number")[3]).toEqual(["3.5"]);
  expect(found("a#b # c", "x.yaml", "comment")).toEqual([["# c"]]);
  expect(found("let a = `x\ny`; // z", "x.ts", "string")).toEqual([["`x"], ["y`"]]);
});

test("a text that is too long, or in no language that is known, has no colours", () => {
  expect(highlight("def f(): # x", "a.unknown")).toEqual([[{ kind: "plain", text: "def f(): # x" }]]);
  const long = highlight("# x\n".repeat(100_000), "a.py");
  expect(new Set(long.flatMap((line) => line.map(({ kind }) => kind)))).toEqual(new Set(["plain"]));
});
