import type { Command } from "#cli/command.ts";
import { UsageFailure } from "#cli/failure.ts";

/** A program of its own, which `bin/tributary` starts in the place of this one; here for the list of commands. */
export const worker: Command = {
  name: "worker",
  operands: "",
  summary: "run tasks of a server on this machine; tributary worker --help tells more",
  options: {},
  async run() {
    throw new UsageFailure("worker: comes first on the command line, its options behind it");
  },
};
