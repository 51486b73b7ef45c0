import { ProvidedWorkerState, type Worker } from "@tributary/proto/tributary/v1/workers_pb";

import { formatCount } from "#lib/format.ts";
import { workersStrings as words } from "#pages/strings/workers-strings.ts";
import type { State } from "#ui/state-glyph.tsx";

const provided: Partial<Record<ProvidedWorkerState, readonly [State, string]>> = {
  [ProvidedWorkerState.STARTING]: ["queued", words.starting],
  [ProvidedWorkerState.STOPPING]: ["cancelling", words.stopping],
  [ProvidedWorkerState.STOPPED]: ["cancelled", words.stopped],
  [ProvidedWorkerState.FAILED]: ["failed", words.failed],
};

/** How a worker stands, as glyph and word. */
export function workerState(worker: Worker): readonly [State, string] {
  const given = worker.provided && provided[worker.provided.state];
  if (given) return given;
  if (!worker.online) return ["lost", words.offline];
  if (worker.draining) return ["paused", words.draining];
  return worker.slotsUsed > 0 ? ["running", words.busy(formatCount(worker.slotsUsed))] : ["idle", words.idle];
}
