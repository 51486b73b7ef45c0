import { createClient } from "@connectrpc/connect";
import { LogService } from "@tributary/proto/tributary/v1/logs_pb";
import { useEffect, useState } from "react";

import { useLogTransport } from "#api/log/log-transport.ts";
import { openTaskLog } from "#api/log/task-log.ts";
import type { WindowedLog } from "#lib/windowed-log.ts";

export interface AttemptStart {
  readonly attempt: number;
  /** Number of its first line, from 1. */
  readonly line: number;
}

export interface OpenLog {
  readonly log: WindowedLog;
  /** Where each attempt's lines begin, increasing, as far as it is known. */
  readonly starts: readonly AttemptStart[];
  /** How long the log is is known. */
  readonly known: boolean;
}

/**
 * A task's log, opened while the component that asks for it is there.
 *
 * @param attempts - how many attempts there were when the page was opened; 0 while that is not known
 */
export function useTaskLog(taskId: number, attempts: number): OpenLog | undefined {
  const transport = useLogTransport();
  const [open, setOpen] = useState<OpenLog>();
  const [missed, setMissed] = useState(0);
  useEffect(() => {
    const closed = new AbortController();
    const { signal } = closed;
    const onAttempt = (attempt: number, line: number) => setOpen((old) => old && withStart(old, { attempt, line }));
    const onKnown = () => setOpen((old) => old && { ...old, known: true });
    const onMissedAttempt = () => setMissed((count) => count + 1);
    const log = openTaskLog({ transport, taskId, signal, onAttempt, onMissedAttempt, onKnown });
    setOpen({ log, starts: [], known: false });
    return () => closed.abort();
  }, [transport, taskId]);
  // one attempt needs no rule; those that begin later are told by the log itself, but for what it leaves out
  const asked = attempts > 1 ? 1 + missed : 0;
  useEffect(() => {
    if (asked === 0) return;
    const closed = new AbortController();
    const add = (starts: readonly AttemptStart[]) => setOpen((old) => old && starts.reduce(withStart, old));
    // without the rules the log is as complete as with them
    createClient(LogService, transport)
      .getLogSummary({ taskId }, { signal: closed.signal })
      .then(
        ({ attempts: begun }) => add(begun.map(({ attempt, firstLine }) => ({ attempt, line: firstLine + 1 }))),
        () => undefined,
      );
    return () => closed.abort();
  }, [asked, transport, taskId]);
  return open;
}

function withStart(open: OpenLog, start: AttemptStart): OpenLog {
  if (open.starts.some(({ attempt }) => attempt === start.attempt)) return open;
  return { ...open, starts: [...open.starts, start].sort((a, b) => a.line - b.line) };
}
