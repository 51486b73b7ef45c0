/** One line of a log, as the server keeps it: colours and carriage returns still in it. */
export interface LogLine {
  readonly text: string;
  /** When it was read, in ms since 1970. */
  readonly at?: number | undefined;
  /** `system` is what the platform itself wrote between the program's lines. */
  readonly stream?: "stdout" | "stderr" | "system" | undefined;
  /** Earlier versions of this line that the server folded away: a progress bar's. */
  readonly folded?: number | undefined;
  /** Bytes that the server cut off the end of a very long line. */
  readonly cut?: number | undefined;
  /** How grave it looks, where the server has said so. */
  readonly level?: LogLevel | undefined;
  /** The line is not kept; the text, if there is any, says of all its neighbours that are not. */
  readonly left?: boolean | undefined;
}

/**
 * What became of a log: it grew at its end, ended, lines in it changed (an unfinished last line that went on), or
 * everything known of it is void.
 */
export type LogChange =
  | { readonly kind: "grew" }
  | { readonly kind: "ended" }
  | { readonly kind: "changed"; readonly from: number; readonly to: number }
  | { readonly kind: "reset" };

/**
 * A log that is read in windows, never whole. Positions count from 0. The number a reader sees is the position plus one,
 * but where only some lines are shown: numbers are always those of the whole log.
 */
export interface LogSource {
  /** Lines known to exist now. */
  readonly lineCount: number;
  /** Nothing will be added any more. */
  readonly ended: boolean;
  /** The number of the line at a position, which may lie beyond the end. */
  numberAt(position: number): number;
  /** The position of the line with a number, or of the next one that is shown; not within the log where there is none. */
  positionOf(number: number): number;
  /**
   * The lines at positions `from` up to, not including, `to`: at once when they are at hand. Both lie within
   * `lineCount`. The same line is the same object each time, until it changes. A promise may be refused; asking again
   * tries again.
   */
  lines(from: number, to: number): readonly LogLine[] | Promise<readonly LogLine[]>;
  /** Calls back after each change, as often as changes come, until the returned function is called. */
  subscribe(listener: (change: LogChange) => void): () => void;
}

/** Severities that the viewer marks and counts. */
export type LogLevel = "error" | "warn" | "info";
