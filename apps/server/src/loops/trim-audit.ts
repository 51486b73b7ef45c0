import { trimAudit } from "#core/audit/trim-audit.ts";
import type { Ports } from "#core/ports/index.ts";
import { type Loop, type LoopOptions, startLoop } from "#loops/loop.ts";

const every = 3_600_000;

/** Forgets the oldest events of the audit trail. */
export function startTrimAudit(ports: Pick<Ports, "store" | "clock" | "retention">, log: LoopOptions["log"]): Loop {
  let next = 0;
  return startLoop({
    name: "trim-audit",
    log,
    async step() {
      const now = ports.clock.monotonic();
      if (now < next) return next - now;
      await trimAudit(ports);
      next = now + every;
      return every;
    },
  });
}
