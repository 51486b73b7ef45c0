import type { Ports } from "#core/ports/index.ts";
import { keepServer } from "#core/servers/keep-server.ts";
import type { Leadership } from "#core/servers/leadership.ts";
import type { Server } from "#core/servers/server.ts";
import { ServerWatch } from "#core/servers/server-watch.ts";
import { type Loop, type LoopOptions, startLoop } from "#loops/loop.ts";

const every = 2_000;
/** A server that is silent for so long is gone. */
const patience = 10_000;

/** Tells the other servers of a shared store that this one lives, and finds those that are gone. */
export function startKeepServer(
  ports: Pick<Ports, "store" | "clock" | "leases">,
  self: Server,
  leadership: Leadership,
  log: LoopOptions["log"],
): Loop {
  const watch = new ServerWatch(patience);
  return startLoop({
    name: "keep-server",
    log,
    async step() {
      leadership.set(await keepServer(ports, self, watch));
      return every;
    },
  });
}
