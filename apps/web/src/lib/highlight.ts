/** What a piece of a program is, as far as it has a colour. */
export type TokenKind = "comment" | "string" | "number" | "keyword" | "plain";

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

/** Patterns of what it has, and its words. */
interface Language {
  readonly comment: string;
  readonly string: string;
  readonly keywords: ReadonlySet<string>;
}

const words = (text: string) => new Set(text.split(" "));
const quoted = String.raw`"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?`;
/** A mark that begins a comment is not one within a word, as in `a#b`. */
const hash = String.raw`(?<![^\s(\[{;,])#[^\n]*`;
const slashes = String.raw`\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)`;

const python: Language = {
  comment: String.raw`#[^\n]*`,
  string: String.raw`"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|${quoted}`,
  keywords: words(
    "and as assert async await break case class continue def del elif else except False finally for from global if import in is lambda match None nonlocal not or pass raise return True try while with yield",
  ),
};
const shell: Language = {
  comment: hash,
  string: String.raw`"(?:\\[\s\S]|[^"\\])*"?|'[^']*'?`,
  keywords: words("case do done elif else esac export fi for function if in local return set then until while"),
};
const script: Language = {
  comment: slashes,
  string: `${"`"}(?:${String.raw`\\[\s\S]|[^`}${"`"}${String.raw`\\])*`}${"`"}?|${quoted}`,
  keywords: words(
    "async await break case catch class const continue default do else export extends false finally for from function if import in interface let new null of readonly return static switch this throw true try type typeof undefined var while yield",
  ),
};
const settings: Language = { comment: hash, string: quoted, keywords: words("true false null yes no on off") };
const sql: Language = {
  comment: String.raw`--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)`,
  string: "'(?:''|[^'])*'?",
  keywords: words(
    "and as asc between by case create delete desc distinct drop else end exists from group having in inner insert into is join left limit not null on or order outer right select set table then union update values when where with",
  ),
};
const compiled: Language = {
  comment: slashes,
  string: quoted,
  keywords: words(
    "break case chan class const continue default defer do else enum extern false fn for func go if impl import in include int interface let loop match mod mut new nil null package private pub public return static struct switch this true type use var void while",
  ),
};

const languages: Readonly<Record<string, Language>> = {
  ...byEnd("py pyi", python),
  ...byEnd("sh bash dockerfile makefile r", shell),
  ...byEnd("js mjs cjs jsx ts mts tsx proto", script),
  ...byEnd("yaml yml toml ini cfg conf json lock env", settings),
  ...byEnd("c h cc cpp hpp go rs java kt scala", compiled),
  ...byEnd("sql", sql),
};

function byEnd(ends: string, language: Language): Record<string, Language> {
  return Object.fromEntries(ends.split(" ").map((end) => [end, language]));
}

/** Longer texts are shown without colours: nobody reads them line by line. */
const longest = 300_000;

/**
 * The lines of a text, each in its pieces: comments, strings, numbers and keywords, by the end of the file's name. It knows
 * no grammar, and what it takes for a keyword may be a name.
 */
export function highlight(text: string, fileName: string): readonly (readonly Token[])[] {
  const end = /[^./]*$/.exec(fileName.toLowerCase())?.[0] ?? "";
  const language = text.length > longest ? undefined : languages[end];
  if (language === undefined) return text.split("\n").map((line) => [{ kind: "plain", text: line }]);
  return toLines(tokens(text, language));
}

function* tokens(text: string, { comment, string, keywords }: Language): Generator<Token> {
  const pattern = new RegExp(
    String.raw`(?<comment>${comment})|(?<string>${string})|(?<number>\b\d[\w.]*)|[A-Za-z_][\w-]*`,
    "g",
  );
  let at = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > at) yield { kind: "plain", text: text.slice(at, match.index) };
    at = match.index + match[0].length;
    yield { kind: kindOf(match, keywords), text: match[0] };
  }
  if (at < text.length) yield { kind: "plain", text: text.slice(at) };
}

function kindOf({ 0: whole, groups = {} }: RegExpExecArray, keywords: ReadonlySet<string>): TokenKind {
  for (const kind of ["comment", "string", "number"] as const) if (groups[kind] !== undefined) return kind;
  return keywords.has(whole) || keywords.has(whole.toLowerCase()) ? "keyword" : "plain";
}

/** Parts pieces that go over several lines, and joins neighbours of a kind. */
function toLines(pieces: Iterable<Token>): Token[][] {
  let line: Token[] = [];
  const lines = [line];
  for (const { kind, text } of pieces) {
    for (const [index, part] of text.split("\n").entries()) {
      if (index > 0) {
        line = [];
        lines.push(line);
      }
      const last = line.at(-1);
      if (last?.kind === kind) line[line.length - 1] = { kind, text: last.text + part };
      else if (part !== "") line.push({ kind, text: part });
    }
  }
  return lines;
}
