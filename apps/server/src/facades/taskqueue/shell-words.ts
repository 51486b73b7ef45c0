import { RefusedError } from "#core/errors.ts";

/** A quoted stretch, an escaped character, or anything plain. */
const piece = /'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])|([^\s'"\\]+)/y;

/**
 * The words of a command as a shell tells them apart: by blanks, quotes and backslashes, and by nothing else.
 *
 * @throws RefusedError `invalid` for a quote that is not closed, and for no word at all
 */
export function splitWords(command: string): readonly string[] {
  const words: string[] = [];
  let rest = command.trimStart();
  while (rest !== "") {
    const [word, length] = readWord(rest);
    words.push(word);
    rest = rest.slice(length).trimStart();
  }
  if (words.length === 0) throw invalid("has no word; say what is to be run");
  return words;
}

/** The first word, and how many characters it takes. */
function readWord(text: string): readonly [string, number] {
  let word = "";
  let at = 0;
  while (at < text.length && !/\s/.test(text[at] ?? "")) {
    piece.lastIndex = at;
    const match = piece.exec(text);
    if (!match) throw invalid("has a quote or a backslash that is not closed");
    const [whole, single, double, escaped, plain] = match;
    // Within double quotes a backslash stands for itself, but before what would end or mean something.
    word += single ?? double?.replaceAll(/\\([\\"$`\n])/g, "$1") ?? escaped ?? plain ?? "";
    at += whole.length;
  }
  return [word, at];
}

/** A command of which a shell makes these words again. */
export function joinWords(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ");
}

function invalid(what: string): RefusedError {
  return new RefusedError("invalid", `command: ${what}`, "command");
}
