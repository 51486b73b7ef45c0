import type { MessageInitShape } from "@bufbuild/protobuf";
import type { MachineLoadSchema, MachineLoad as WireLoad } from "@tributary/proto/tributary/v1/workers_pb";
import type { MachineLoad } from "#core/workers/machine-load.ts";

/** More than any machine has; what is beyond is not kept in memory. */
const mostGpus = 64;
const longestName = 200;

export function toLoad({ cpuMillis, memoryBytes, gpus }: WireLoad): MachineLoad {
  return {
    cpu: Number(cpuMillis),
    memory: Number(memoryBytes),
    gpus: gpus.slice(0, mostGpus).map((gpu) => ({
      name: gpu.name.slice(0, longestName),
      memory: Number(gpu.memoryBytes),
      memoryUsed: Number(gpu.memoryBytesUsed),
      percentUsed: Math.min(gpu.percentUsed, 100),
    })),
  };
}

export function fromLoad({ cpu, memory, gpus }: MachineLoad): MessageInitShape<typeof MachineLoadSchema> {
  return {
    cpuMillis: BigInt(cpu),
    memoryBytes: BigInt(memory),
    gpus: gpus.map((gpu) => ({
      name: gpu.name,
      memoryBytes: BigInt(gpu.memory),
      memoryBytesUsed: BigInt(gpu.memoryUsed),
      percentUsed: gpu.percentUsed,
    })),
  };
}
