import { type Histogram, monitorEventLoopDelay } from "node:perf_hooks";
import { Counter, Gauge } from "prom-client";
import type { OpenRegistry } from "./exposition.ts";

/** Sampled every so many milliseconds: finer costs more than it tells. */
const resolution = 20;

/** What was measured since the last reading: median, 99th percentile, worst; in seconds. */
export function tellQuantiles(gauge: Gauge<"quantile">, measured: Histogram & { reset(): void }, less = 0): void {
  const seconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - less);
  for (const quantile of [0.5, 0.99, 1]) {
    const value = measured.count > 0 ? seconds(measured.percentile(quantile * 100)) : 0;
    gauge.set({ quantile: String(quantile) }, value);
  }
  measured.reset();
}

/**
 * How this process does.
 *
 * @returns stops what was started
 */
export function processMetrics(register: OpenRegistry, version: string): () => void {
  const registers = [register];
  const loop = monitorEventLoopDelay({ resolution });
  loop.enable();
  new Gauge({
    name: "tributary_build_info",
    help: "1; the version of the server and of the Node it runs on",
    labelNames: ["version", "node"],
    registers,
  }).set({ version, node: process.versions.node }, 1);
  new Gauge({
    name: "tributary_event_loop_delay_seconds",
    help: "How late the event loop was since the last reading: median, 99th percentile, worst",
    labelNames: ["quantile"],
    registers,
    collect() {
      // What is measured is the time between two samples, which is never less than their distance.
      tellQuantiles(this, loop, resolution / 1000);
    },
  });
  gauge("process_start_time_seconds", "When the process was started, in seconds since 1970", () => started);
  gauge("process_resident_memory_bytes", "Memory of the process that is in RAM", () => process.memoryUsage.rss());
  gauge("process_heap_bytes", "Memory that JavaScript's values take", () => process.memoryUsage().heapUsed);
  const started = Date.now() / 1000 - process.uptime();
  let told = 0;
  new Counter({
    name: "process_cpu_seconds",
    help: "Processor time of the process",
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      const now = (user + system) / 1e6;
      this.inc(now - told);
      told = now;
    },
  });

  function gauge(name: string, help: string, value: () => number): void {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  }
  return () => loop.disable();
}
