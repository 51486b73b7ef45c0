import { type LogFilter, logParts, logStreams } from "#lib/log-filter.ts";
import type { LogQuery } from "#lib/log-search.ts";
import { oneOf, someOf, textOf } from "#pages/search.ts";

/** How a log is looked at, as it stands in the address of its task. */
export interface LogSearchParams {
  readonly stream?: (typeof logStreams)[number] | undefined;
  readonly find?: string | undefined;
  /** How it is searched for: capitals count, an expression. */
  readonly how?: readonly ("case" | "regexp")[] | undefined;
  readonly only?: readonly (typeof logParts)[number][] | undefined;
  /** Lines around those that `only` means. */
  readonly around?: number | undefined;
}

const mostAround = 100;

/** Reads the address; what it does not know is left out. */
export function readLogSearchParams(search: Record<string, unknown>): LogSearchParams {
  const around = Number(textOf(search.around) ?? "0");
  return {
    stream: oneOf(search.stream, logStreams),
    find: textOf(search.find)?.slice(0, 1000),
    how: someOf(search.how, ["case", "regexp"] as const),
    only: someOf(search.only, logParts),
    around: Number.isSafeInteger(around) && around > 0 ? Math.min(around, mostAround) : undefined,
  };
}

export function toFilter({ stream, only = [], around = 0 }: LogSearchParams): LogFilter {
  return { stream, only, around };
}

export function fromFilter({ stream, only, around }: LogFilter): LogSearchParams {
  return {
    stream,
    only: only.length > 0 ? only : undefined,
    around: around > 0 && only.length > 0 ? around : undefined,
  };
}

export function toQuery({ find, how = [] }: LogSearchParams): LogQuery | undefined {
  if (find === undefined) return undefined;
  return { text: find, matchCase: how.includes("case"), regexp: how.includes("regexp") };
}

export function fromQuery({ text, matchCase, regexp }: LogQuery): LogSearchParams {
  const how = [...(matchCase ? (["case"] as const) : []), ...(regexp ? (["regexp"] as const) : [])];
  return text === "" ? { find: undefined, how: undefined } : { find: text, how: how.length > 0 ? how : undefined };
}
