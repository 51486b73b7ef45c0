import { createClient, type Transport } from "@connectrpc/connect";
import { LogService } from "@tributary/proto/tributary/v1/logs_pb";

import type { LogSource } from "#lib/log-source.ts";

/** Lines asked for in one read. */
const page = 5000;
/** Lines of a part of a log that are read at once: as many as a window of it holds. */
const atOnce = 1000;

/** Where the exact bytes of a log are, or an archive of them with a file for each attempt and stream. */
export function logAddress(taskId: number, format: "text" | "zip"): string {
  return `/tasks/${taskId}/log${format === "zip" ? ".zip" : ""}`;
}

/** Some lines of a log, by the numbers readers see, both included. */
export async function downloadLines(transport: Transport, taskId: number, from: number, to: number): Promise<Blob> {
  const client = createClient(LogService, transport);
  const parts: string[] = [];
  for (let first = from - 1; first < to; ) {
    const { lines } = await client.readLogLines({ taskId, firstLine: first, limit: Math.min(page, to - first) });
    const last = lines.at(-1);
    if (!last) break;
    parts.push(...lines.map((line) => `${line.text}\n`));
    first = last.number + (last.gap ? last.gap.firstLine + last.gap.lineCount - last.number : 1);
  }
  return new Blob(parts, { type: "text/plain" });
}

/** The lines that are left of a log, as they are read in windows. */
export async function downloadShown(log: LogSource): Promise<Blob> {
  const parts: string[] = [];
  const { lineCount } = log;
  for (let from = 0; from < lineCount; from += atOnce) {
    const lines = await log.lines(from, Math.min(from + atOnce, lineCount));
    parts.push(...lines.map(({ text }) => `${text}\n`));
  }
  return new Blob(parts, { type: "text/plain" });
}
