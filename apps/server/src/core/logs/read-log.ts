import type { LogChunk } from "#core/logs/log.ts";
import type { LogStore } from "#core/ports/log-store.ts";
import type { TaskId } from "#core/tasks/task.ts";

const bytesAtOnce = 262_144;

export interface ReadLog {
  /** Offset to begin at. */
  readonly from?: number;
  /** Where to end, not included; where the log ends now unless told. The last piece may reach beyond. */
  readonly to?: number;
  readonly signal: AbortSignal;
}

/** The pieces of a log as far as it is written now, as they are asked for. */
export async function* readLog(
  logs: LogStore,
  taskId: TaskId,
  { from = 0, to, signal }: ReadLog,
): AsyncIterable<LogChunk> {
  const end = to ?? (await logs.size(taskId)).bytes;
  for (let offset = from; offset < end; ) {
    signal.throwIfAborted();
    const chunks = await logs.read(taskId, offset, Math.min(bytesAtOnce, end - offset));
    for (const chunk of chunks) if (chunk.offset < end) yield chunk;
    const last = chunks.at(-1);
    if (!last) return;
    offset = last.nextOffset;
  }
}
