import { levelHint, levelOf } from "@tributary/proto/rules/log-level";
import { RE2JS, RE2JSException } from "re2js";
import { RefusedError } from "#core/errors.ts";
import { groupHints, groupMarkOf } from "#core/logs/group-mark.ts";
import type { LogQuery } from "#core/logs/log-query.ts";
import { plainText } from "#core/logs/plain-text.ts";

/** Steps of an expression; one that has more would take seconds for a long line. */
const largestProgram = 2_000;

/** Finds lines in whole lines of text, without colours, by number within the text; may find too many. */
export interface LineFinder {
  /** Nothing in these bytes can be a hit; without it they have to be looked through. */
  readonly passesOver?: (bytes: Buffer) => boolean;
  find(text: string): Iterable<FoundLine>;
}

export interface FoundLine {
  /** From 0. */
  readonly index: number;
  readonly text: string;
}

type Wanted = Pick<LogQuery, "text" | "regexp" | "matchCase" | "levels" | "groupMarks">;

/** @throws RefusedError `invalid` for an expression that does not parse or is too large */
export function lineFinder(query: Wanted): LineFinder {
  const byText = query.groupMarks && query.text === "" ? groupLines : textFinder(query);
  return query.groupMarks
    ? { ...byText, find: (text) => filtered(withLevels(query, byText).find(text), (line) => isMark(line)) }
    : withLevels(query, byText);
}

function isMark(line: string): boolean {
  return groupMarkOf(line) !== undefined;
}

function withLevels(query: Wanted, byText: LineFinder): LineFinder {
  const { levels } = query;
  if (levels.length === 0) return byText;
  // The text is sought first where there is one: levels cost more.
  const lines = query.text === "" && !query.groupMarks && !levels.includes("info") ? hintedLines : byText;
  return { ...lines, find: (text) => filtered(lines.find(text), (line) => levels.includes(levelOf(line))) };
}

function textFinder({ text, regexp, matchCase }: Wanted): LineFinder {
  if (text === "") return { find: allLines };
  if (text.includes("\n"))
    throw new RefusedError("invalid", "text: no line has a line end in it; seek one line", "text");
  if (regexp) {
    const expression = compile(text, matchCase);
    return { find: (lines) => filtered(allLines(lines), (line) => expression.test(line)) };
  }
  if (!matchCase) {
    const needle = text.toLowerCase();
    return {
      find(lines) {
        const lower = lines.toLowerCase();
        return asWritten(linesAt(lower, positions(lower, needle)), lines);
      },
    };
  }
  const bytes = Buffer.from(text);
  return {
    // Colours may be in the midst of what is sought.
    passesOver: (lines) => !lines.includes(bytes) && !lines.includes(0x1b),
    find: (lines) => linesAt(lines, positions(lines, text)),
  };
}

function compile(text: string, matchCase: boolean): RE2JS {
  let expression: RE2JS;
  try {
    expression = RE2JS.compile(text, matchCase ? 0 : RE2JS.CASE_INSENSITIVE);
  } catch (error) {
    if (error instanceof RE2JSException) throw new RefusedError("invalid", `text: ${error.message}`, "text");
    throw error;
  }
  if (expression.programSize() > largestProgram) {
    throw new RefusedError("invalid", "text: the expression is too large; repeat less in it", "text");
  }
  return expression;
}

/** Lines in which something hints at a level. */
const hintedLines: LineFinder = {
  find: (text) => linesAt(text, hints(text, levelHint)),
};

const groupHint = new RegExp(groupHints.map((hint) => RegExp.escape(hint)).join("|"), "g");

/** Lines in which something hints at a group. */
const groupLines: LineFinder = {
  find: (text) => linesAt(text, hints(text, groupHint)),
};

function* hints(text: string, hint: RegExp): Generator<number, void, number> {
  const pattern = new RegExp(hint.source, hint.flags);
  for (let hint = pattern.exec(text); hint; hint = pattern.exec(text)) pattern.lastIndex = yield hint.index;
}

/** Where a needle is; each time it is told from where on to go on. */
function* positions(text: string, needle: string): Generator<number, void, number> {
  for (let at = text.indexOf(needle); at >= 0; ) at = text.indexOf(needle, yield at);
}

/** The lines that have something at a position, each once. */
function* linesAt(text: string, positions: Generator<number, void, number>): Iterable<FoundLine> {
  let index = 0;
  let start = 0;
  for (let next = positions.next(); !next.done; ) {
    let end = lineEnd(text, start);
    for (; end < next.value; end = lineEnd(text, start)) {
      index++;
      start = end + 1;
    }
    yield { index, text: text.slice(start, end) };
    index++;
    start = end + 1;
    if (start >= text.length) return;
    next = positions.next(start);
  }
}

/** Lines of the same numbers in the text as it was written: a letter's small form may be longer than the letter. */
function* asWritten(found: Iterable<FoundLine>, text: string): Iterable<FoundLine> {
  let at = 0;
  let start = 0;
  for (const { index } of found) {
    for (; at < index; at++) start = lineEnd(text, start) + 1;
    yield { index, text: text.slice(start, lineEnd(text, start)) };
  }
}

function* allLines(text: string): Iterable<FoundLine> {
  for (let index = 0, start = 0; start < text.length; index++) {
    const end = lineEnd(text, start);
    yield { index, text: text.slice(start, end) };
    start = end + 1;
  }
}

function lineEnd(text: string, start: number): number {
  const end = text.indexOf("\n", start);
  return end < 0 ? text.length : end;
}

function* filtered(lines: Iterable<FoundLine>, holds: (line: string) => boolean): Iterable<FoundLine> {
  for (const line of lines) if (holds(line.text)) yield line;
}

/** Lines of bytes as the finders read them: each with an end, so that one of nothing but colours is a line too. */
export function toText(bytes: Buffer): string {
  return `${plainText(bytes.toString())}${bytes.at(-1) === 0x0a ? "" : "\n"}`;
}
