import { createClient, type Transport } from "@connectrpc/connect";
import { LogService } from "@tributary/proto/tributary/v1/logs_pb";

import { toLines } from "#api/log/to-lines.ts";
import type { Run } from "#lib/line-runs.ts";
import type { LogLine } from "#lib/log-source.ts";

/** Lines by runs of their positions, in that order; asks again for what did not fit into one answer. */
export async function readRuns(
  transport: Transport,
  taskId: number,
  runs: readonly Run[],
  signal: AbortSignal,
): Promise<readonly LogLine[]> {
  const client = createClient(LogService, transport);
  const read: LogLine[] = [];
  for (let rest = runs; rest.length > 0; ) {
    const asked = rest.map(({ from, to }) => ({ firstLine: from, lineCount: to - from }));
    const { lines } = await client.readLogLines({ taskId, runs: asked }, { signal });
    let came = 0;
    for (const line of lines) {
      const run = rest.find(({ from, to }) => line.number >= from && line.number < to);
      const shown = toLines(line, run?.to ?? line.number + 1);
      read.push(...shown);
      came += shown.length;
    }
    if (came === 0) return read;
    rest = without(rest, came);
  }
  return read;
}

/** What is left of runs after so many lines. */
function without(runs: readonly Run[], count: number): readonly Run[] {
  let left = count;
  return runs.flatMap(({ from, to }) => {
    const taken = Math.min(left, to - from);
    left -= taken;
    return from + taken < to ? [{ from: from + taken, to }] : [];
  });
}
