import { cpus, freemem, totalmem } from "node:os";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { MachineLoadSchema } from "@tributary/proto/tributary/v1/workers_pb";
import { type Gpu, readGpus } from "./read-gpus.ts";

/** Reads how busy the whole machine is, whoever keeps it so. */
export class LoadReader {
  readonly #hasGpus: boolean;
  #before = processorTimes();

  /** @param hasGpus - they are asked for, which starts a program each time */
  constructor(hasGpus: boolean) {
    this.#hasGpus = hasGpus;
  }

  /** Of processors, since the last reading. */
  async read(): Promise<MessageInitShape<typeof MachineLoadSchema>> {
    const now = processorTimes();
    const [busy, all] = [now.busy - this.#before.busy, now.all - this.#before.all];
    this.#before = now;
    const gpus = this.#hasGpus ? await readGpus() : [];
    return {
      cpuMillis: BigInt(all > 0 ? Math.round((busy / all) * now.count * 1_000) : 0),
      memoryBytes: BigInt(totalmem() - freemem()),
      gpus: gpus.map(fromGpu),
    };
  }
}

function processorTimes() {
  const all = cpus();
  const sum = (times: readonly number[]) => times.reduce((total, time) => total + time, 0);
  const whole = sum(all.map(({ times }) => sum(Object.values(times))));
  const idle = sum(all.map(({ times }) => times.idle));
  return { count: all.length, all: whole, busy: whole - idle };
}

function fromGpu({ name, memoryBytes, memoryBytesUsed, percentUsed }: Gpu) {
  return {
    name,
    memoryBytes: BigInt(memoryBytes),
    memoryBytesUsed: BigInt(memoryBytesUsed),
    percentUsed,
  };
}
