import type { Transport } from "@connectrpc/connect";
import { createClient } from "@connectrpc/connect";
import { LogService } from "@tributary/proto/tributary/v1/logs_pb";
import { useEffect, useState } from "react";

import { useLogTransport } from "#api/log/log-transport.ts";
import { searchGrowing } from "#api/log/search-growing.ts";
import type { GroupMark } from "#lib/log-groups.ts";
import type { WindowedLog } from "#lib/windowed-log.ts";

/** Marks that are known; a log with more has no groups behind them. */
const mostMarks = 10_000;
/** Marks whose titles are read at once. */
const atOnce = 2_000;
const none: readonly GroupMark[] = [];

/** The lines that begin and end groups in a whole log, and those that come. */
export function useGroupMarks(taskId: number, log: WindowedLog): readonly GroupMark[] {
  const transport = useLogTransport();
  const [marks, setMarks] = useState(none);
  useEffect(() => {
    const closed = new AbortController();
    const { signal } = closed;
    setMarks(none);
    const read = async () => {
      const query = { taskId, groupMarks: true };
      for await (const { lines } of searchGrowing({ transport, query, log, limit: mostMarks, signal })) {
        for (let from = 0; from < lines.length; from += atOnce) {
          const more = await readMarks(transport, taskId, lines.slice(from, from + atOnce), signal);
          if (!signal.aborted) setMarks((old) => [...old, ...more]);
        }
      }
    };
    // without groups the log is as complete as with them
    read().catch(() => undefined);
    return () => closed.abort();
  }, [transport, taskId, log]);
  return marks;
}

async function readMarks(
  transport: Transport,
  taskId: number,
  numbers: readonly number[],
  signal: AbortSignal,
): Promise<readonly GroupMark[]> {
  const runs = numbers.map((number) => ({ firstLine: number - 1, lineCount: 1 }));
  const { lines } = await createClient(LogService, transport).readLogLines({ taskId, runs }, { signal });
  return lines.flatMap(({ number, group }) =>
    group ? [{ line: number + 1, end: group.end, title: group.title }] : [],
  );
}
