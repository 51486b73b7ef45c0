import { sweepJobs } from "#core/jobs/sweep-jobs.ts";
import { trimJournal } from "#core/journal/trim-journal.ts";
import { collectObjects } from "#core/objects/collect-objects.ts";
import type { Ports } from "#core/ports/index.ts";
import type { Store } from "#core/ports/store.ts";
import { inTurn } from "#core/retention/in-turn.ts";
import { timeBefore } from "#core/retention/retention.ts";
import { sweepLogs } from "#core/retention/sweep-logs.ts";
import { sweepMirrors } from "#core/retention/sweep-mirrors.ts";
import { keepSweep, type SweepResult, type SweptKind } from "#core/retention/sweep-result.ts";
import { sweepTasks } from "#core/retention/sweep-tasks.ts";

type SweepPorts = Pick<Ports, "store" | "logs" | "objects" | "git" | "clock" | "retention">;

const underWay = new WeakMap<Store, Promise<SweepResult>>();

/**
 * Removes everything that has been kept for long enough, in small units between which others have their turn. Whoever
 * asks while a sweep is under way is answered with that one.
 *
 * What cannot be swept does not keep the rest from it; it is told in the result.
 */
export function sweep(ports: SweepPorts, signal: AbortSignal): Promise<SweepResult> {
  const running = underWay.get(ports.store);
  if (running) return running;
  const started = inTurn(ports.store, () => sweepAll(ports, signal)).finally(() => underWay.delete(ports.store));
  underWay.set(ports.store, started);
  return started;
}

async function sweepAll(ports: SweepPorts, signal: AbortSignal): Promise<SweepResult> {
  const { clock, retention } = ports;
  const startedAt = clock.now();
  const removed: Record<SweptKind, number> = { tasks: 0, logs: 0, journal: 0, objects: 0, mirrors: 0 };
  const problems: string[] = [];
  let logs: SweepResult["logs"] = { count: 0, bytes: 0 };
  const attempt = async (kind: SweptKind, act: () => Promise<number>) => {
    try {
      removed[kind] = await act();
    } catch (error) {
      signal.throwIfAborted();
      problems.push(`${kind}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  // Tasks first: what belonged to them can then go in the same sweep.
  await attempt("tasks", async () => {
    const { age, count } = retention.tasks;
    const before = timeBefore(startedAt, age);
    const removed = await sweepTasks(ports, { endedBefore: before, keep: count }, signal);
    await sweepJobs(ports, { createdBefore: before }, signal);
    return removed;
  });
  await attempt("logs", async () => {
    const { age, bytes } = retention.logs;
    const swept = await sweepLogs(ports, { writtenBefore: timeBefore(startedAt, age), most: bytes }, signal);
    const { removed: count, ...left } = swept;
    logs = left;
    return count;
  });
  await attempt("journal", () => trimJournal(ports, retention.journal));
  await attempt("objects", () =>
    collectObjects(ports, { keptBefore: timeBefore(startedAt, retention.unusedObjects.age) }, signal),
  );
  await attempt("mirrors", () => sweepMirrors(ports, signal));
  const result: SweepResult = { startedAt, endedAt: clock.now(), removed, logs, problems };
  await keepSweep(ports, result);
  return result;
}
