import { availableParallelism, totalmem } from "node:os";

/** What this machine, or the container the worker is in, has to give. */
export interface Capacity {
  readonly slots: number;
  readonly cpuMillis: number;
  readonly memoryBytes: number;
}

/** Reads the machine, within the limits of affinity and control groups, and of what is to be given away of it. */
export function readCapacity(given: Partial<Capacity> = {}): Capacity {
  const processors = availableParallelism();
  const limit = process.constrainedMemory();
  // A control group without limit shows as 0 or as a number far beyond any memory.
  const memoryBytes = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  const { slots = processors, cpuMillis = processors * 1000 } = given;
  return { slots, cpuMillis, memoryBytes: Math.min(given.memoryBytes ?? memoryBytes, memoryBytes) };
}
