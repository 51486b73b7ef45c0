import { useCallback, useEffect, useMemo, useState } from "react";

import { useLogTransport } from "#api/log/log-transport.ts";
import { readRuns } from "#api/log/read-runs.ts";
import { useGroupMarks } from "#api/log/use-log-groups.ts";
import type { OpenLog } from "#api/log/use-task-log.ts";
import { FoldedLog } from "#lib/folded-log.ts";
import { keepFolds, readFolds } from "#lib/kept-folds.ts";
import { groupsAround, type LogGroup, pairGroups } from "#lib/log-groups.ts";
import type { LogSource } from "#lib/log-source.ts";

export interface LogFolding {
  /** The log without what is folded. */
  readonly log: LogSource;
  readonly groups: readonly LogGroup[];
  /** First lines of the folded groups. */
  readonly folded: ReadonlySet<number>;
  readonly fold: (line: number, folded: boolean) => void;
  readonly foldAll: (folded: boolean) => void;
  /** Unfolds what hides a line. */
  readonly reveal: (line: number) => void;
}

/** The groups of a log and which of them are folded, which the browser remembers. */
export function useFoldedLog(taskId: number, open: OpenLog, shown: LogSource): LogFolding {
  const transport = useLogTransport();
  const marks = useGroupMarks(taskId, open.log);
  const groups = useMemo(
    () =>
      pairGroups(
        marks,
        open.starts.map(({ line }) => line),
      ),
    [marks, open.starts],
  );
  const name = String(taskId);
  const [folded, setFolded] = useState(() => readFolds(name));
  const change = useCallback(
    (next: (old: ReadonlySet<number>) => ReadonlySet<number>) =>
      setFolded((old) => {
        const changed = next(old);
        if (changed !== old) keepFolds(name, changed);
        return changed;
      }),
    [name],
  );
  // Without groups there is nothing between the log and its reader.
  const any = groups.length > 0;
  const [folding, setFolding] = useState<{ readonly base: LogSource; readonly log: FoldedLog }>();
  useEffect(() => {
    if (!any) return;
    const closed = new AbortController();
    const log = new FoldedLog(shown, (runs) => readRuns(transport, taskId, runs, closed.signal));
    const stop = log.start();
    setFolding({ base: shown, log });
    return () => {
      stop();
      closed.abort();
    };
  }, [any, shown, transport, taskId]);
  const log = folding?.base === shown ? folding.log : undefined;
  useEffect(() => log?.fold(groups.filter(({ line }) => folded.has(line))), [log, groups, folded]);
  return {
    log: log ?? shown,
    groups,
    folded,
    fold: (line, to) => change((old) => new Set(to ? [...old, line] : [...old].filter((each) => each !== line))),
    foldAll: (to) => change(() => new Set(to ? groups.map(({ line }) => line) : [])),
    reveal: (line) => {
      const hiding = new Set(groupsAround(groups, line).map((group) => group.line));
      change((old) =>
        [...old].some((each) => hiding.has(each)) ? new Set([...old].filter((each) => !hiding.has(each))) : old,
      );
    },
  };
}
