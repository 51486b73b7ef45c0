import type { ReactNode } from "react";

import type { LineRange } from "#lib/line-range.ts";
import type { LogFilter } from "#lib/log-filter.ts";
import type { LogGroup } from "#lib/log-groups.ts";
import type { LogQuery } from "#lib/log-search.ts";
import type { LogLevel, LogSource } from "#lib/log-source.ts";
import type { LogMark } from "#ui/log-viewer/log-channel.tsx";
import type { LogAttempt } from "#ui/log-viewer/log-divider.tsx";
import type { LogSearch } from "#ui/log-viewer/log-find.tsx";
import type { LevelCount } from "#ui/log-viewer/log-levels.tsx";
import type { DownloadPart } from "#ui/log-viewer/log-toolbar.tsx";

/** Line numbers in these properties are those readers see: they count from 1. */
export interface LogViewerProps {
  readonly source: LogSource;
  /** Whose log: its accessible name. */
  readonly name: string;
  readonly attempts?: readonly LogAttempt[] | undefined;
  /** Ms since 1970 that relative times count from; the first attempt's start. */
  readonly start?: number | undefined;

  /** Marked lines, as in the address. A new range from outside is brought into view. */
  readonly range?: LineRange | undefined;
  readonly onRangeChange?: ((range: LineRange | undefined) => void) | undefined;
  /** The address of a range; `#L120-L140` unless told. */
  readonly rangeHref?: ((range: LineRange) => string) | undefined;

  readonly search?: LogSearch | undefined;
  readonly onSearch?: ((query: LogQuery) => void) | undefined;
  readonly onSearchStep?: ((direction: 1 | -1) => void) | undefined;

  readonly levels?: readonly LevelCount[] | undefined;
  /** Finds the next line of a level after (1) or before (-1) a line; undefined where there is none. Its failures are for its owner to tell. */
  readonly findLevel?: ((level: LogLevel, direction: 1 | -1, line: number) => Promise<number | undefined>) | undefined;
  /** Errors, warnings and hits for the stripe at the right. */
  readonly marks?: readonly LogMark[] | undefined;

  /** Which lines are shown; the page gives a source that has these only. */
  readonly filter?: LogFilter | undefined;
  readonly onFilter?: ((filter: LogFilter) => void) | undefined;
  /** Lines of the whole log. */
  readonly total?: number | undefined;
  /** Why not all that the filter means is shown. */
  readonly filterProblem?: string | undefined;

  readonly groups?: readonly LogGroup[] | undefined;
  /** First lines of the groups that are folded; the page gives a source without their other lines. */
  readonly folded?: ReadonlySet<number> | undefined;
  readonly onFold?: ((line: number, folded: boolean) => void) | undefined;
  readonly onFoldAll?: ((folded: boolean) => void) | undefined;
  /** A line is to be brought into view: unfold what hides it. */
  readonly onReveal?: ((line: number) => void) | undefined;
  /** Numbers of lines that look like errors, increasing, as far as they are known. */
  readonly errorLines?: readonly number[] | undefined;

  readonly onDownload?: ((part: DownloadPart, lines: LineRange) => void) | undefined;
  readonly tools?: ReactNode;
}
