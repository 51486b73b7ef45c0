import { LineCounter, type ParsedNode, parseDocument, type Document as YamlDocument } from "yaml";
import type { FileProblem } from "#core/projects/project.ts";

/** The parser needs about 3 ms for each KiB of the worst text there is, and nothing else runs meanwhile. */
const longest = 131_072;
/** Far deeper than any project file, and not yet too deep for the parser, which calls itself for each level. */
const deepest = 200;
const mostProblems = 100;

export interface ParsedYaml {
  readonly document: YamlDocument.Parsed<ParsedNode>;
  readonly lines: LineCounter;
  readonly text: string;
}

type Extent = Pick<FileProblem, "line" | "column" | "endLine" | "endColumn">;

/** Lines and columns of a part of the text. */
export function placeOf(lines: LineCounter, begin: number, end: number): Extent {
  const [from, to] = [lines.linePos(begin), lines.linePos(Math.max(begin, end))];
  return {
    line: Math.max(1, from.line),
    column: Math.max(1, from.col),
    endLine: Math.max(1, to.line),
    endColumn: Math.max(1, to.col),
  };
}

/** Reads text as one YAML document in which every value is text, as it is written: `3.10` stays `3.10`. */
export function parseYaml(text: string): ParsedYaml | { readonly problems: readonly FileProblem[] } {
  if (text.length > longest) {
    return refused(`the file has ${text.length} characters; at most ${longest} are read: take out what is not needed`);
  }
  if (isDeep(text)) return refused("the file is nested too deeply to be read");
  const lines = new LineCounter();
  let document: YamlDocument.Parsed<ParsedNode>;
  try {
    // The parser's own check of unique keys takes time by their number squared.
    document = parseDocument(text, { schema: "failsafe", uniqueKeys: false, prettyErrors: false, lineCounter: lines });
  } catch {
    return refused("the file cannot be read as YAML");
  }
  if (document.errors.length === 0) return { document, lines, text };
  const problems = document.errors.slice(0, mostProblems).map(({ message, pos }) => {
    return { ...placeOf(lines, pos[0], pos[1]), message: explain(message), warning: false };
  });
  return { problems };
}

/** Whether brackets, or keys and dashes within a line, are nested deeper than is read. Text in quotes counts too. */
function isDeep(text: string): boolean {
  let depth = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth = bracket === "[" || bracket === "{" ? depth + 1 : Math.max(0, depth - 1);
    if (depth > deepest) return true;
  }
  let row = 0;
  for (const [word] of text.matchAll(/\S+|\n/g)) {
    row = word === "-" || word === "?" || word.endsWith(":") ? row + 1 : 0;
    if (row > deepest) return true;
  }
  return false;
}

function refused(message: string): { readonly problems: readonly FileProblem[] } {
  return { problems: [{ line: 1, column: 1, endLine: 1, endColumn: 1, message, warning: false }] };
}

function explain(message: string): string {
  if (message.includes("call stack")) return "is nested too deeply to be read";
  if (message.includes("multiple documents")) return "a second document begins here; a project file is one document";
  if (message.startsWith("Tabs")) return "a tab is used to indent; use spaces";
  return `not YAML: ${message.slice(0, 200)}`;
}
