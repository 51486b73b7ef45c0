import { LogLevel } from "@tributary/proto/tributary/v1/logs_pb";
import { type Task, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { useEffect, useRef } from "react";

import { findLine } from "#api/log/find-line.ts";
import { useLogTransport } from "#api/log/log-transport.ts";
import type { OpenLog } from "#api/log/use-task-log.ts";
import { type LineRange, lineRange } from "#lib/line-range.ts";
import { useStable } from "#ui/use-stable.ts";

/**
 * Whoever opens a task that has failed, without a place of their own in its log, is brought to the line that broke it:
 * the last that looks like an error, of its last attempt.
 */
export function useBreakingLine(
  task: Task,
  { log, known }: OpenLog,
  atNoPlace: boolean,
  mark: (lines: LineRange) => void,
): void {
  const transport = useLogTransport();
  const onFound = useStable(mark);
  // Those who were there when it failed are at the end already.
  const asks = useRef(task.state === TaskState.FAILED && atNoPlace);
  const isPlaced = useRef(false);
  isPlaced.current = !atNoPlace;
  const { id, attempt } = task;
  useEffect(() => {
    if (!asks.current || !known) return;
    let isGone = false;
    const query = { taskId: id, levels: [LogLevel.ERROR], attempts: [attempt] };
    findLine(transport, query, -1, log.lineCount + 1).then(
      (line) => {
        asks.current = false;
        if (line !== undefined && !isGone && !isPlaced.current) onFound(lineRange(line, line));
      },
      // The end is a good place too.
      () => undefined,
    );
    return () => {
      isGone = true;
    };
  }, [transport, id, attempt, log, known, onFound]);
}
