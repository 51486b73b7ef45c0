/** The list of workers. */
export const workersStrings = {
  title: "Workers",
  tab: (offline: string) => `${offline} offline · Workers`,
  lead: (online: string, used: string, slots: string) =>
    online === "0" ? "None is online." : `${online} online, ${used} of ${slots} slots in use.`,
  columns: {
    state: "State",
    name: "Worker",
    slots: "Slots",
    cpu: "CPU",
    memory: "Memory",
    disk: "Disk",
    tasks: "Runs",
    seen: "Seen",
    version: "Version",
  },
  offline: "Offline",
  busy: "Busy",
  idle: "Idle",
  of: "of",
  slotsOf: (name: string, used: number, all: number) => `${used} of ${all} slots of ${name} are taken`,
  cpuOf: (name: string) => `CPU reserved on ${name}`,
  memoryOf: (name: string) => `Memory reserved on ${name}`,
  cpus: (used: number, all: number) => `${Number(used.toFixed(1))} of ${Number(all.toFixed(1))}`,
  moreTasks: (count: number) => `and ${count} more`,
  free: (free: string, all: string) => `${free} of ${all} free`,
  environments: (size: string) => `Python environments take ${size}`,
  watched: (why: string) =>
    `looks about every second whether a task takes more than it asked for, as the kernel cannot see to it there. ${why}`,
  emptyTitle: "No worker has come up yet",
  emptyText:
    "The server starts one on its own machine by itself; if none comes up, see its log. To add another machine, run there:",
  command: (origin: string) => `tributary worker --server ${origin}`,
} as const;
