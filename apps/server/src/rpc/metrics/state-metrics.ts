import type { Histogram } from "node:perf_hooks";
import { Gauge } from "prom-client";
import type { Ports } from "#core/ports/index.ts";
import type { OpenRegistry } from "./exposition.ts";
import { tellQuantiles } from "./process-metrics.ts";
import { Sampled } from "./sampled.ts";

/** How old what is told about the state may be, in milliseconds. */
const freshMs = 2_000;
/** How long a reading waits for what is newer. */
const patienceMs = 500;

/** Nanoseconds that commits took to reach the disk. */
export type StoreSyncs = Histogram & { reset(): void };

type State = Awaited<ReturnType<typeof readState>>;

/** What the server has to do, read by the same views as the dashboard and never more often than every two seconds. */
export function stateMetrics(
  register: OpenRegistry,
  ports: Pick<Ports, "store" | "clock">,
  syncs: StoreSyncs | undefined,
): void {
  const { store, clock } = ports;
  const registers = [register];
  const sampled = new Sampled(() => readState(ports), freshMs);
  function gauge<L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    fill: (gauge: Gauge<L>, state: State) => void,
  ): void {
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      async collect() {
        const state = await sampled.read(patienceMs);
        this.reset();
        if (state) fill(this, state);
        // A gauge without labels has become 0, which would be a lie.
        else if (labelNames.length === 0) this.remove();
      },
    });
  }
  gauge("tributary_tasks", "Tasks that have not ended", ["state", "dialect"], (one, { tasks }) => {
    for (const { state, dialect, count } of tasks.counts) one.set({ state, dialect }, count);
  });
  gauge(
    "tributary_queue_oldest_seconds",
    "How long the oldest queued task has waited",
    ["dialect"],
    (one, { tasks }) => {
      for (const { dialect } of tasks.counts) one.set({ dialect }, 0);
      for (const { dialect, queuedAt } of tasks.oldestQueued) one.set({ dialect }, age(clock.now(), queuedAt));
    },
  );
  gauge("tributary_attempts_running", "Attempts that workers hold", [], (one, { workers }) => {
    one.set(workers.reduce((sum, { taskIds }) => sum + taskIds.length, 0));
  });
  gauge("tributary_workers", "Workers by whether they have a lease", ["state"], (one, { workers }) => {
    const online = workers.filter(({ worker }) => worker.online).length;
    one.set({ state: "online" }, online);
    one.set({ state: "offline" }, workers.length - online);
  });
  gauge("tributary_worker_slots", "Attempts that the workers with a lease could hold", [], (one, { workers }) => {
    one.set(workers.reduce((sum, { worker }) => sum + (worker.online ? worker.slots : 0), 0));
  });
  gauge("tributary_sources", "Sources by how their last sync ended", ["state"], (one, { sources }) => {
    for (const state of ["pending", "synchronized", "error"] as const) {
      one.set({ state }, sources.filter(({ settledState }) => settledState === state).length);
    }
  });
  gauge(
    "tributary_source_sync_age_seconds",
    "Time since the last good sync of the source that has waited longest",
    [],
    (one, { sources }) => {
      const ages = sources.map(({ lastSyncedAt, createdAt }) => age(clock.now(), lastSyncedAt ?? createdAt));
      one.set(Math.max(0, ...ages));
    },
  );
  if (syncs) {
    new Gauge({
      name: "tributary_store_sync_seconds",
      help: "How long commits took to reach the disk since the last reading: median, 99th percentile, worst",
      labelNames: ["quantile"],
      registers,
      collect() {
        tellQuantiles(this, syncs);
      },
    });
  }
  new Gauge({
    name: "tributary_journal_position",
    help: "Position of the newest entry of the journal: one more with every change",
    registers,
    collect() {
      this.set(store.position());
    },
  });
}

async function readState({ store }: Pick<Ports, "store">) {
  const [tasks, { workers }, { sources }] = await Promise.all([
    store.view.countOpenTasks(),
    store.view.listWorkers(),
    store.view.listSources(),
  ]);
  return { tasks, workers, sources };
}

function age(now: number, then: number): number {
  return Math.max(0, now - then) / 1000;
}
