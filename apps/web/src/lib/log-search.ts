import type { Span } from "#lib/ansi.ts";

/** What is searched for. */
export interface LogQuery {
  readonly text: string;
  readonly matchCase: boolean;
  readonly regexp: boolean;
}

/** A pattern that finds the query in one line; undefined for an empty query or an expression that does not parse. */
export function queryPattern({ text, matchCase, regexp }: LogQuery): RegExp | undefined {
  if (text === "") return undefined;
  const source = regexp ? text : text.replace(/[$()*+.?[\\\]^{|}]/g, "\\$&");
  try {
    return new RegExp(source, matchCase ? "gu" : "giu");
  } catch {
    return undefined;
  }
}

/** A stretch with one look that is a hit or is none. */
export interface MarkedSpan extends Span {
  readonly hit: boolean;
}

/** Cuts the stretches of a line where hits begin and end; a hit may run over several stretches. */
export function markHits(spans: readonly Span[], pattern: RegExp | undefined): readonly MarkedSpan[] {
  const hits = pattern === undefined ? [] : findHits(spans.map((span) => span.text).join(""), pattern);
  let start = 0;
  return spans.flatMap((span) => {
    const from = start;
    start += span.text.length;
    return cut(span, from, hits);
  });
}

interface Hit {
  readonly from: number;
  readonly to: number;
}

function findHits(text: string, pattern: RegExp): readonly Hit[] {
  return Array.from(text.matchAll(pattern), (match) => ({
    from: match.index,
    to: match.index + match[0].length,
  })).filter(({ from, to }) => to > from);
}

function cut(span: Span, from: number, hits: readonly Hit[]): readonly MarkedSpan[] {
  const to = from + span.text.length;
  const inside = hits.filter((hit) => hit.from < to && hit.to > from);
  const edges = inside.flatMap((hit) => [Math.max(hit.from, from), Math.min(hit.to, to)]);
  const places = [from, ...edges, to];
  return places.slice(1).flatMap((end, index) => {
    const begin = places[index] ?? end;
    // between edges, every second stretch is a hit: the places alternate from outside to inside
    return end > begin ? [{ ...span, text: span.text.slice(begin - from, end - from), hit: index % 2 === 1 }] : [];
  });
}
