import { cpus, freemem, totalmem } from "node:os";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { MachineLoadSchema } from "@tributary/proto/tributary/v1/workers_pb";
import { type Gpu, readGpus } from "./read-gpus.ts";

/** Reads how busy the whole machine is, whoever keeps it so. */
export class LoadReader {
  #gpus: readonly Gpu[];
  #asking = false;
  #before = processorTimes();

  /** @param gpus - as they were found at the start */
  constructor(gpus: readonly Gpu[]) {
    this.#gpus = gpus;
  }

  /** Of processors, since the last reading; of GPUs, what their driver said after that, as it may take seconds. */
  read(): MessageInitShape<typeof MachineLoadSchema> {
    const now = processorTimes();
    const [busy, all] = [now.busy - this.#before.busy, now.all - this.#before.all];
    this.#before = now;
    void this.#askGpus();
    return {
      cpuMillis: BigInt(all > 0 ? Math.round((busy / all) * now.count * 1_000) : 0),
      memoryBytes: BigInt(totalmem() - freemem()),
      gpus: this.#gpus.map(fromGpu),
    };
  }

  async #askGpus(): Promise<void> {
    if (this.#gpus.length === 0 || this.#asking) return;
    this.#asking = true;
    const told = await readGpus();
    if (told.length > 0) this.#gpus = told;
    this.#asking = false;
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
