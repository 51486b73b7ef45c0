import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Limits } from "../limits.ts";
import { folderSize } from "./folder-size.ts";
import { type Reading, UsageReader, type UsageTarget } from "./read-usage.ts";
import type { UsageMeter } from "./usage-meter.ts";

/** Which of its limits an attempt went over. */
export type Excess = "out-of-memory" | "too-many-processes";

/** An attempt to look at. */
export interface Sampled extends UsageTarget {
  readonly folder: string;
  readonly meter: UsageMeter;
  readonly limits: Limits;
  /** It takes more than its limit, and the kernel does not see to it. */
  readonly onExcess: (excess: Excess) => void;
}

const INTERVAL_MS = 1_000;
const DISK_INTERVAL_MS = 5_000;
/** Looking at disks may take this part of the time. */
const DISK_SHARE = 1 / 20;

/** Looks about every second at what the attempts take, as long as there are any. */
export class UsageSampler {
  readonly #reader: UsageReader;
  readonly #sampled = new Map<string, Sampled>();
  readonly #stop: AbortSignal;
  readonly #running = new Set<string>();

  /** @param scope - the mark of the launcher's folder */
  constructor(scope: string, stop: AbortSignal) {
    this.#reader = new UsageReader(scope);
    this.#stop = stop;
  }

  /** Looks at an attempt until what is returned is called. */
  watch(sampled: Sampled): () => void {
    this.#sampled.set(sampled.id, sampled);
    void this.#repeat("usage", INTERVAL_MS, () => this.#sample());
    void this.#repeat("disk", DISK_INTERVAL_MS, () => this.#sampleDisks());
    return () => this.#sampled.delete(sampled.id);
  }

  /** Does a step after every pause, until there is nothing to look at. */
  async #repeat(name: string, pauseMs: number, step: () => Promise<void>): Promise<void> {
    if (this.#running.has(name)) return;
    this.#running.add(name);
    for (;;) {
      await sleep(pauseMs, undefined, { signal: this.#stop, ref: false }).catch(() => undefined);
      if (this.#sampled.size === 0 || this.#stop.aborted) break;
      await step();
    }
    this.#running.delete(name);
  }

  async #sample(): Promise<void> {
    const readings = await this.#reader.read([...this.#sampled.values()]);
    for (const [id, reading] of readings) {
      const sampled = this.#sampled.get(id);
      sampled?.meter.add(reading);
      const excess = sampled && excessOf(sampled, reading);
      if (excess) sampled.onExcess(excess);
    }
  }

  async #sampleDisks(): Promise<void> {
    for (const { id, folder, meter } of [...this.#sampled.values()]) {
      if (!this.#sampled.has(id) || this.#stop.aborted) continue;
      const began = performance.now();
      meter.addDisk(await folderSize(folder));
      await sleep((performance.now() - began) / DISK_SHARE, undefined, { ref: false });
    }
  }
}

function excessOf({ limits, groups = [] }: Sampled, { memory, tasks }: Reading): Excess | undefined {
  const kernelHas = (file: string) => groups.some((group) => existsSync(join(group, file)));
  const { memoryBytes = Number.POSITIVE_INFINITY, pids = Number.POSITIVE_INFINITY } = limits;
  if (memory > memoryBytes && !kernelHas("memory.stat")) return "out-of-memory";
  return tasks > pids && !kernelHas("pids.max") ? "too-many-processes" : undefined;
}
