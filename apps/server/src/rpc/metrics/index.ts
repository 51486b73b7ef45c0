import type { Ports } from "#core/ports/index.ts";
import { type CallMetrics, callMetrics } from "./call-metrics.ts";
import { type ConnectionCounts, connectionMetrics } from "./connection-metrics.ts";
import { type Exposition, expose, openRegistry } from "./exposition.ts";
import { processMetrics } from "./process-metrics.ts";
import { type StoreSyncs, stateMetrics } from "./state-metrics.ts";

export type { StoreSyncs };

export interface MetricsOptions {
  readonly ports: Pick<Ports, "store" | "clock">;
  readonly version: string;
  readonly connections: () => ConnectionCounts;
  /** RPCs that bring output of tasks. */
  readonly logRpcs: ReadonlySet<string>;
  /** Of stores that write to a disk of this machine. */
  readonly syncs?: StoreSyncs | undefined;
}

export interface Metrics extends CallMetrics {
  /** @param accept - the reader's `Accept` header */
  read(accept: string): Promise<Exposition>;
  stop(): void;
}

/** All that the server tells about itself in numbers; docs/operations.md lists it. */
export function openMetrics({ ports, version, connections, logRpcs, syncs }: MetricsOptions): Metrics {
  const registry = openRegistry();
  const stop = processMetrics(registry, version);
  const calls = callMetrics(registry, logRpcs);
  connectionMetrics(registry, connections);
  stateMetrics(registry, ports, syncs);
  let underWay: Promise<string> | undefined;
  /** Readers that come together share one reading: it is answered however much load there is. */
  const readOnce = () => {
    underWay ??= registry.metrics().finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
  return { ...calls, read: async (accept) => expose(await readOnce(), accept), stop };
}
