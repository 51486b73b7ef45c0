import { useLocation, useNavigate } from "@tanstack/react-router";
import type { Attempt, Task } from "@tributary/proto/tributary/v1/tasks_pb";
import { useMemo } from "react";

import { toSentence } from "#api/errors.ts";
import { downloadLines, downloadShown, logAddress } from "#api/log/download-log.ts";
import { useLogTransport } from "#api/log/log-transport.ts";
import { type FilteredLog, mostRuns, useFilteredLog } from "#api/log/use-filtered-log.ts";
import { useFoldedLog } from "#api/log/use-folded-log.ts";
import { useLineCount } from "#api/log/use-line-count.ts";
import { useLogLevels } from "#api/log/use-log-levels.ts";
import { useLogSearch } from "#api/log/use-log-search.ts";
import type { OpenLog } from "#api/log/use-task-log.ts";
import { toMs } from "#api/time.ts";
import { formatClock, formatCount } from "#lib/format.ts";
import { formatLineRange, type LineRange, parseLineRange } from "#lib/line-range.ts";
import { wholeLog } from "#lib/log-filter.ts";
import { titleOf } from "#pages/parts/task-words.ts";
import { taskStrings } from "#pages/strings/task-strings.ts";
import { attemptState } from "#pages/task/attempt-words.ts";
import { toLevelCounts, toLogSearch, toMarks } from "#pages/task/log-finds.ts";
import { saveFile, saveFrom } from "#pages/task/save-file.ts";
import { type BreakingLine, useMarkBreakingLine } from "#pages/task/use-breaking-line.ts";
import { useLogAddress } from "#pages/task/use-log-address.ts";
import type { LogAttempt } from "#ui/log-viewer/log-divider.tsx";
import type { DownloadPart } from "#ui/log-viewer/log-toolbar.tsx";
import { LogViewer } from "#ui/log-viewer/log-viewer.tsx";
import { showToast } from "#ui/toasts.ts";

interface LogViewProps {
  readonly task: Task;
  readonly attempts: readonly Attempt[];
  readonly open: OpenLog;
  readonly breaking: BreakingLine | undefined;
}

/** The task's output, live; marked lines stand in the address. */
export function LogView({ task, attempts, open, breaking }: LogViewProps) {
  const navigate = useNavigate();
  const transport = useLogTransport();
  const hash = useLocation({ select: (location) => location.hash });
  const range = useMemo(() => parseLineRange(hash), [hash]);
  const { query, filter, setQuery, setFilter } = useLogAddress();
  const mark = (lines: LineRange | undefined) =>
    void navigate({
      to: ".",
      search: true,
      hash: lines ? formatLineRange(lines) : "",
      replace: true,
      hashScrollIntoView: false,
    });
  const levels = useLogLevels(task.id, open.log, filter);
  const search = useLogSearch(task.id, open.log, query, setQuery, filter);
  const filtered = useFilteredLog(task.id, open.log, filter, query);
  const folding = useFoldedLog(task.id, open, filtered.log);
  const total = useLineCount(open.log);
  useMarkBreakingLine(task, breaking, range === undefined && query === undefined && filter === wholeLog, mark);
  const { found } = search;
  const { lines: levelLines } = levels;
  const marks = useMemo(() => toMarks({ lines: levelLines }, found), [levelLines, found]);
  const rules = useMemo(() => dividers(open, attempts), [open, attempts]);
  const start = toMs(attempts[0]?.startTime ?? task.startTime);
  const download = async (part: DownloadPart, lines: LineRange) => {
    if (part === "all" || part === "archive") {
      saveFrom(logAddress(task.id, part === "all" ? "text" : "zip"));
      return;
    }
    try {
      const content =
        part === "filtered"
          ? await downloadShown(filtered.log)
          : await downloadLines(transport, task.id, lines.from, lines.to);
      saveFile(content, `task-${task.id}-${part === "filtered" ? "filtered" : formatLineRange(lines)}.log`);
    } catch (error) {
      showToast({ title: taskStrings.log.downloadFailed, text: toSentence(error), state: "failed" });
    }
  };
  return (
    <LogViewer
      source={folding.log}
      name={titleOf(task)}
      attempts={rules}
      start={start}
      range={range}
      onRangeChange={mark}
      rangeHref={(lines) => `#${formatLineRange(lines)}`}
      search={toLogSearch(search)}
      onSearch={search.find}
      onSearchStep={search.step}
      levels={toLevelCounts(levels)}
      findLevel={levels.find}
      marks={marks}
      filter={filter}
      onFilter={setFilter}
      total={total}
      filterProblem={problemOf(filtered)}
      groups={folding.groups}
      folded={folding.folded}
      onFold={folding.fold}
      onFoldAll={folding.foldAll}
      onReveal={folding.reveal}
      errorLines={levelLines.error}
      onDownload={(part, lines) => void download(part, lines)}
    />
  );
}

function problemOf({ short, message }: FilteredLog): string | undefined {
  if (message !== undefined) return taskStrings.log.badSearch(message);
  return short ? taskStrings.log.tooScattered(formatCount(mostRuns)) : undefined;
}

/** A rule where each attempt begins; a single one needs none. */
function dividers({ starts }: OpenLog, attempts: readonly Attempt[]): readonly LogAttempt[] {
  if (attempts.length < 2) return [];
  return starts.flatMap(({ attempt, line }) => {
    const made = attempts.find(({ number }) => number === attempt);
    const began = toMs(made?.startTime ?? made?.assignTime);
    if (made === undefined) return [];
    return [
      {
        number: attempt,
        line,
        state: attemptState(made),
        worker: made.workerName || made.workerId,
        note: began === undefined ? undefined : formatClock(began),
      },
    ];
  });
}
