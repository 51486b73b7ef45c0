/** What attempts took of their machine. */
export const usageStrings = {
  memory: "Memory",
  memoryShort: "Mem",
  cpu: "CPU",
  andThen: ", ",
  note: (peak: string, asked: string) => (asked === "" ? `peak ${peak}` : `peak ${peak} of ${asked}`),
  label: (name: string, peak: string, asked: string) =>
    `${name} over time: ${peak} at most, ${asked === "" ? "nothing was asked for" : `${asked} asked for`}`,
  peakMemory: "Memory",
  cpuTime: "CPU time",
} as const;
