import type { AttemptLines } from "#core/logs/log.ts";
import { findRecord, type LogReading, recordsOf } from "./log-reading.ts";
import type { PieceRecord } from "./record.ts";

/** Where the attempts of a log begin, as far as that is kept. */
export async function readAttempts(log: LogReading): Promise<readonly AttemptLines[]> {
  const found: AttemptLines[] = [];
  const { chunks, end } = log.state;
  for (const [at, chunk] of chunks.entries()) {
    const last = chunks[at + 1]?.attempt ?? end.attempt;
    let { attempt } = chunk;
    if (attempt !== found.at(-1)?.attempt) found.push(startOf(chunk));
    // Only where an attempt ends is the index looked at.
    while (attempt < last) {
      const ended = await findRecord(log, chunk, (record) => record.attempt <= attempt);
      if (ended + 1 >= chunk.records) break;
      const [first] = await recordsOf(log, chunk, ended + 1, 1);
      attempt = first.attempt;
      found.push(startOf(first));
    }
  }
  return found;
}

type Start = Pick<PieceRecord, "attempt" | "firstLine" | "inside" | "offset">;

/** The attempt's first byte, and the first line that begins in it. */
function startOf({ attempt, firstLine, inside, offset }: Start): AttemptLines {
  return { attempt, firstLine: firstLine + (inside ? 1 : 0), offset };
}

/** Bytes of an attempt's output that were kept; 0 when all of it is in a gap. */
export async function readKept(log: LogReading, attempt: number): Promise<number> {
  const chunk = log.state.chunks.findLast((each) => each.attempt <= attempt);
  if (!chunk) return 0;
  const at = await findRecord(log, chunk, (record) => record.attempt <= attempt);
  const [record] = await recordsOf(log, chunk, Math.max(0, at), 1);
  return record.attempt === attempt ? record.attemptOffset + record.length : 0;
}
