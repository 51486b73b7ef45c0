import { statfs } from "node:fs/promises";
import type { Machine } from "#core/ports/machine.ts";

export interface NodeMachineOptions {
  readonly dataFolder: string;
}

/** The machine as Node sees it. */
export function nodeMachine({ dataFolder }: NodeMachineOptions): Machine {
  return {
    async disk() {
      const { bsize, blocks, bavail } = await statfs(dataFolder);
      return { total: blocks * bsize, free: bavail * bsize };
    },
  };
}
