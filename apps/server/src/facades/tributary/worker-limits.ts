import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  ContainerSupport as WireContainers,
  WorkerDisk as WireDisk,
  WorkerLimits as WireLimits,
  WorkerDiskSchema,
  WorkerLimitsSchema,
} from "@tributary/proto/tributary/v1/workers_pb";
import { LimitMeans as WireMeans } from "@tributary/proto/tributary/v1/workers_pb";
import type { ContainerSupport, LimitMeans, WorkerDisk, WorkerLimits } from "#core/workers/worker.ts";

const wireMeans: Readonly<Record<LimitMeans, WireMeans>> = {
  kernel: WireMeans.KERNEL,
  watched: WireMeans.WATCHED,
};

const longest = 1_000;
const longestName = 100;

/** Undefined for a worker that does not say. */
export function toLimits(limits: WireLimits | undefined): WorkerLimits | undefined {
  if (!limits) return undefined;
  const { memory, processes, explanation, defaultProcesses } = limits;
  const means = (wire: WireMeans) => (wire === WireMeans.KERNEL ? "kernel" : "watched");
  return {
    memory: means(memory),
    processes: means(processes),
    explanation: explanation.slice(0, longest),
    defaultProcesses,
  };
}

export function fromLimits({ memory, processes, ...rest }: WorkerLimits): MessageInitShape<typeof WorkerLimitsSchema> {
  return { memory: wireMeans[memory], processes: wireMeans[processes], ...rest };
}

/** Undefined for a worker that does not say, or has no disk to speak of. */
export function toDisk(disk: WireDisk | undefined): WorkerDisk | undefined {
  if (!disk || disk.totalBytes === 0n) return undefined;
  return {
    free: Number(disk.freeBytes),
    total: Number(disk.totalBytes),
    environments: Number(disk.environmentsBytes),
  };
}

export function fromDisk({ free, total, environments }: WorkerDisk): MessageInitShape<typeof WorkerDiskSchema> {
  return { freeBytes: BigInt(free), totalBytes: BigInt(total), environmentsBytes: BigInt(environments) };
}

/** Undefined for a worker that does not say. */
export function toContainers(containers: WireContainers | undefined): ContainerSupport | undefined {
  if (!containers) return undefined;
  const { engine, version, explanation } = containers;
  return {
    engine: engine.slice(0, longestName),
    version: version.slice(0, longestName),
    explanation: explanation.slice(0, longest),
  };
}
