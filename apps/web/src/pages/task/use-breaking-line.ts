import { createClient, type Transport } from "@connectrpc/connect";
import { LogLevel, LogService } from "@tributary/proto/tributary/v1/logs_pb";
import { type Task, TaskState } from "@tributary/proto/tributary/v1/tasks_pb";
import { useEffect, useRef, useState } from "react";

import { findLine } from "#api/log/find-line.ts";
import { useLogTransport } from "#api/log/log-transport.ts";
import { toLines } from "#api/log/to-lines.ts";
import type { OpenLog } from "#api/log/use-task-log.ts";
import { plainText } from "#lib/ansi.ts";
import { foldCarriageReturns } from "#lib/carriage-return.ts";
import { type LineRange, lineRange } from "#lib/line-range.ts";
import { useStable } from "#ui/use-stable.ts";

/** A line of a log that looks like an error. */
export interface BreakingLine {
  /** From 1. */
  readonly number: number;
  readonly text: string;
}

/** Characters of the line that are told above the log; the rest stands in it. */
const mostTold = 200;

/** The line that broke a failed task: the last that looks like an error, of its last attempt. */
export function useBreakingLine(task: Task, open: OpenLog | undefined): BreakingLine | undefined {
  const transport = useLogTransport();
  const [line, setLine] = useState<BreakingLine>();
  const { id, attempt } = task;
  const log = open?.known && task.state === TaskState.FAILED ? open.log : undefined;
  useEffect(() => {
    if (!log) return;
    let isGone = false;
    findBreakingLine(transport, id, attempt, log.lineCount).then(
      (found) => isGone || setLine(found),
      // The sentence says the same without it, and the end of the log is a good place too.
      () => undefined,
    );
    return () => {
      isGone = true;
    };
  }, [transport, id, attempt, log]);
  return line;
}

async function findBreakingLine(
  transport: Transport,
  taskId: number,
  attempt: number,
  lineCount: number,
): Promise<BreakingLine | undefined> {
  const query = { taskId, levels: [LogLevel.ERROR], attempts: [attempt] };
  const number = await findLine(transport, query, -1, lineCount + 1);
  if (number === undefined) return undefined;
  const { lines } = await createClient(LogService, transport).readLogLines({ taskId, firstLine: number - 1, limit: 1 });
  const raw = lines.flatMap((line) => toLines(line, number))[0]?.text ?? "";
  const text = plainText(foldCarriageReturns(raw).text).trim();
  return { number, text: text.length > mostTold ? `${text.slice(0, mostTold)}…` : text };
}

/** Whoever opens a task that has failed, without a place of their own in its log, is brought to the line that broke it. */
export function useMarkBreakingLine(
  task: Task,
  line: BreakingLine | undefined,
  atNoPlace: boolean,
  mark: (lines: LineRange) => void,
): void {
  const onFound = useStable(mark);
  // Those who were there when it failed are at the end already.
  const asks = useRef(task.state === TaskState.FAILED && atNoPlace);
  const isPlaced = useRef(false);
  isPlaced.current = !atNoPlace;
  const number = line?.number;
  useEffect(() => {
    if (!asks.current || number === undefined) return;
    asks.current = false;
    if (!isPlaced.current) onFound(lineRange(number, number));
  }, [number, onFound]);
}
