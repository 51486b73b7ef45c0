import type { Ports } from "#core/ports/index.ts";
import { timeBefore } from "#core/retention/retention.ts";
import { sweepLogs } from "#core/retention/sweep-logs.ts";
import { sweepMirrors } from "#core/retention/sweep-mirrors.ts";

/** Removes what is this server's alone, logs and mirrors, as a whole sweep does. */
export async function sweepOwn(
  ports: Pick<Ports, "store" | "logs" | "git" | "clock" | "retention">,
  signal: AbortSignal,
): Promise<void> {
  const { age, bytes } = ports.retention.logs;
  await sweepLogs(ports, { writtenBefore: timeBefore(ports.clock.now(), age), most: bytes }, signal);
  await sweepMirrors(ports, signal);
}
