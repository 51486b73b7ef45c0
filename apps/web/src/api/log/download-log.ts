import { createClient, type Transport } from "@connectrpc/connect";
import { LogService } from "@tributary/proto/tributary/v1/logs_pb";

/** Lines asked for in one read. */
const page = 5000;

/** The exact bytes of a log as far as it is written. */
export async function downloadLog(transport: Transport, taskId: number, signal?: AbortSignal): Promise<Blob> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const stream = createClient(LogService, transport).downloadLog(
    { taskId },
    { timeoutMs: 0, ...(signal && { signal }) },
  );
  for await (const { content } of stream) parts.push(new Uint8Array(content));
  return new Blob(parts, { type: "text/plain" });
}

/** Some lines of a log, by the numbers readers see, both included. */
export async function downloadLines(transport: Transport, taskId: number, from: number, to: number): Promise<Blob> {
  const client = createClient(LogService, transport);
  const parts: string[] = [];
  for (let first = from - 1; first < to; first += page) {
    const { lines } = await client.readLogLines({ taskId, firstLine: first, limit: Math.min(page, to - first) });
    if (lines.length === 0) break;
    parts.push(...lines.map((line) => `${line.text}\n`));
  }
  return new Blob(parts, { type: "text/plain" });
}
