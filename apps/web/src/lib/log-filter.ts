import type { LogLevel } from "#lib/log-source.ts";

export const logStreams = ["stdout", "stderr", "worker"] as const;
export type LogStreamName = (typeof logStreams)[number];

/** What can be left of a log: lines with hits of the search, or of a level. */
export const logParts = ["hits", "error", "warn"] as const;
export type LogPart = (typeof logParts)[number];

/** Which lines of a log are shown. */
export interface LogFilter {
  /** Lines of this stream; of all, where it is undefined. */
  readonly stream: LogStreamName | undefined;
  /** Lines that are one of these; all, where there are none. */
  readonly only: readonly LogPart[];
  /** Lines shown before and after each that `only` means. */
  readonly around: number;
}

export const wholeLog: LogFilter = { stream: undefined, only: [], around: 0 };

export function levelsOf({ only }: LogFilter): readonly LogLevel[] {
  return only.filter((part) => part !== "hits");
}

/** Lines around that are offered, and the most that are. */
export const aroundChoices = [0, 2, 5, 20] as const;
