import type { MessageShape } from "@bufbuild/protobuf";
import type { WorkerStatsSchema } from "@tributary/proto/scitq/taskqueue_pb";
import type { MachineLoad } from "#core/workers/machine-load.ts";
import type { Worker } from "#core/workers/worker.ts";

/** How busy a worker's machine is; of its memory it tells the share alone, so before its size is known that is 0. */
export function toMachineLoad(
  { cpuUsagePercent, memUsagePercent, numCpus }: MessageShape<typeof WorkerStatsSchema>,
  { capacity }: Pick<Worker, "capacity">,
): MachineLoad {
  const processors = numCpus > 0 ? numCpus * 1_000 : (capacity.cpu ?? 0);
  return {
    cpu: Math.round(share(cpuUsagePercent) * processors),
    memory: Math.round(share(memUsagePercent) * (capacity.memory ?? 0)),
    gpus: [],
  };
}

function share(percent: number): number {
  return percent > 0 ? Math.min(percent, 100) / 100 : 0;
}
