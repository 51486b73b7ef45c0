import { createClient, type Transport } from "@connectrpc/connect";
import { LogService } from "@tributary/proto/tributary/v1/logs_pb";

export interface AttemptStart {
  readonly attempt: number;
  /** Number of its first line, from 1. */
  readonly line: number;
}

/**
 * Where the lines of each attempt begin. Attempts follow one another in a log, so halving finds each beginning in some
 * twenty reads of one line, however long the log is.
 *
 * @param last - number of the last attempt
 */
export async function findAttemptStarts(
  transport: Transport,
  taskId: number,
  last: number,
  signal: AbortSignal,
): Promise<readonly AttemptStart[]> {
  const client = createClient(LogService, transport);
  const attemptAt = async (line: number) => {
    const { lines } = await client.readLogLines({ taskId, firstLine: line, limit: 1 }, { signal });
    return lines[0]?.attempt;
  };
  const { size } = await client.readLogLines({ taskId, firstLine: 0, limit: 1 }, { signal });
  const starts: AttemptStart[] = [];
  let from = 0;
  for (let attempt = 1; attempt <= last; attempt += 1) {
    from = await firstLine(
      from,
      size?.lineCount ?? 0,
      async (line) => ((await attemptAt(line)) ?? last + 1) >= attempt,
    );
    if ((await attemptAt(from)) === attempt) starts.push({ attempt, line: from + 1 });
  }
  return starts;
}

/** The first number from `from` on, below `to`, at which the test holds; `to` if there is none. It holds from then on. */
async function firstLine(from: number, to: number, holds: (line: number) => Promise<boolean>): Promise<number> {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (await holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
