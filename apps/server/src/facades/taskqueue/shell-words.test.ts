import fc from "fast-check";
import { expect, it } from "vitest";
import { joinWords, splitWords } from "#facades/taskqueue/shell-words.ts";

it.each([
  ["echo one  two\n", ["echo", "one", "two"]],
  [`sh -c 'echo "$HOME" | wc'`, ["sh", "-c", `echo "$HOME" | wc`]],
  [`a"b c"'d e'\\ f`, ["ab cd e f"]],
  [`"say \\"hi\\" \\n"`, [`say "hi" \\n`]],
  [`'' ""`, ["", ""]],
])("splits %j", (command, words) => {
  expect(splitWords(command)).toEqual(words);
});

it.each([`echo 'one`, `echo "one`, `echo one\\`, "", " \n"])("refuses %j", (command) => {
  expect(() => splitWords(command)).toThrow(/^command: has /);
});

it("splits what it has joined into the same words", () => {
  const words = fc.array(fc.string({ unit: fc.constantFrom("a", " ", "'", '"', "\\", "$", "\n", "é", "*") }), {
    minLength: 1,
  });
  fc.assert(fc.property(words, (each) => void expect(splitWords(joinWords(each))).toEqual(each)));
});
