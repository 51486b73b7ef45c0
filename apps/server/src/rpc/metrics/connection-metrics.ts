import { Gauge } from "prom-client";
import type { OpenRegistry } from "./exposition.ts";

/** Connections that are open now. */
export interface ConnectionCounts {
  /** They have not said yet which protocol they speak. */
  readonly waiting: number;
  readonly http1: number;
  readonly http2: number;
}

export function connectionMetrics(register: OpenRegistry, counts: () => ConnectionCounts): void {
  new Gauge({
    name: "tributary_connections",
    help: "Open connections by protocol; `waiting` have not said yet which they speak",
    labelNames: ["protocol"],
    registers: [register],
    collect() {
      for (const [protocol, count] of Object.entries(counts())) this.set({ protocol }, count);
    },
  });
}
