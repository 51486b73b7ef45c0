import { followLog } from "#core/logs/follow-log.ts";
import type { LogBatch } from "#core/logs/log.ts";
import type { Ports } from "#core/ports/index.ts";
import type { TaskId } from "#core/tasks/task.ts";

const readBytes = 262_144;

export interface StreamLog {
  readonly taskId: TaskId;
  /** From 1. */
  readonly firstLine: number;
  /** Go on until the task has ended; otherwise end where the log ends now. */
  readonly follow: boolean;
}

/**
 * A task's log as AME's clients read it: raw bytes, stdout and stderr mixed, every piece valid UTF-8 by itself, because
 * the CLI gives up at the first piece that is not.
 */
export async function* streamLog(
  ports: Pick<Ports, "store" | "logs">,
  { taskId, firstLine, follow }: StreamLog,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  const offset = firstLine > 1 ? await offsetOfLine(ports, taskId, firstLine - 1) : 0;
  const batches = follow ? followLog(ports, { taskId, offset }, signal) : readLog(ports, taskId, offset);
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const encoder = new TextEncoder();
  for await (const { chunks } of batches) {
    const text = chunks.map(({ bytes }) => decoder.decode(bytes, { stream: true })).join("");
    if (text !== "") yield encoder.encode(text);
  }
  const rest = decoder.decode();
  if (rest !== "") yield encoder.encode(rest);
}

async function* readLog(
  { logs }: Pick<Ports, "logs">,
  taskId: TaskId,
  offset: number,
): AsyncIterable<Pick<LogBatch, "chunks">> {
  const { bytes: end } = await logs.size(taskId);
  for (let next = offset; next < end; ) {
    const chunks = await logs.read(taskId, next, readBytes);
    const last = chunks.at(-1);
    if (!last) return;
    yield { chunks };
    next = last.nextOffset;
  }
}

/** Where a line begins that exists or is to come: past the end, the present end stands for it. */
async function offsetOfLine({ logs }: Pick<Ports, "logs">, taskId: TaskId, line: number): Promise<number> {
  const { lines } = await logs.size(taskId);
  return logs.tail(taskId, Math.max(0, lines - line));
}
