import { useMemo } from "react";

import type { LogGroup } from "#lib/log-groups.ts";
import type { RowGroup } from "#ui/log-viewer/group-head.tsx";

const noGroups: readonly LogGroup[] = [];
const noLines: readonly number[] = [];
const nothing: ReadonlySet<number> = new Set();

interface Groups {
  readonly groups?: readonly LogGroup[] | undefined;
  readonly folded?: ReadonlySet<number> | undefined;
  /** Numbers of lines that look like errors, increasing. */
  readonly errorLines?: readonly number[] | undefined;
}

/** The groups that begin or end with a line, by its number. */
export function useRowGroups({ groups = noGroups, folded = nothing, errorLines = noLines }: Groups) {
  return useMemo(() => {
    const rows = new Map<number, RowGroup>();
    for (const group of groups) {
      const errors = before(errorLines, group.last + 1) - before(errorLines, group.line + 1);
      const row = { group, folded: folded.has(group.line), errors };
      rows.set(group.line, row);
      if (group.closed) rows.set(group.last, row);
    }
    return rows;
  }, [groups, folded, errorLines]);
}

/** How many of increasing numbers are less than one. */
function before(lines: readonly number[], line: number): number {
  let [low, high] = [0, lines.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((lines[middle] ?? 0) < line) low = middle + 1;
    else high = middle;
  }
  return low;
}
