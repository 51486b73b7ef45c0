/** The overview. */
export const overviewStrings = {
  title: "Overview",
  tab: (failed: string) => `${failed} failed · Overview`,
  window: "How far to look back",
  windows: { "1h": "1 h", "24h": "24 h", "7d": "7 d" },
  windowWords: { "1h": "in the last hour", "24h": "since yesterday", "7d": "in the last 7 days" },
  headline: (running: string, failed: string, since: string) =>
    `${running === "0" ? "Nothing running" : `${running} running`}, ${failed === "0" ? "nothing" : failed} failed ${since}`,
  nothing: (since: string) => `Nothing ran ${since}`,
  waiting: (count: string, oldest?: string) =>
    count === "1"
      ? `One task waits${oldest ? `, for ${oldest} now` : ""}.`
      : `${count} tasks wait${oldest ? `, the oldest for ${oldest}` : ""}.`,
  nothingWaits: "Nothing waits.",
  sourcesGood: "All sources are in step.",
  sourcesFailing: (count: string) =>
    count === "1" ? "One source cannot be read." : `${count} sources cannot be read.`,
  lookBack: "Look back 7 days",
  emptyTitle: "Run the first task",
  emptyText:
    "Add a repository as a source and run one of its tasks, or call the server from a notebook, a script or any client that speaks one of its APIs.",
  all: (count: string) => `All ${count}`,
  flow: {
    label: "Flow of tasks",
    longest: "longest",
    oldest: "oldest",
    slots: (count: string) => `of ${count} slots`,
    share: (share: string) => `${share} of ended`,
    causes: (count: number) => (count === 1 ? "one cause" : `${count} causes`),
  },
  durations: "Duration",
  scatter: {
    sub: (since: string) => `what ended, last ${since}`,
    legend: { succeeded: "succeeded", failed: "failed", cancelled: "cancelled", running: "running now" },
    now: "running now",
    none: "Duration against end time. Nothing has ended.",
    summary: (count: number, failed: number, middle: string, longest: string) =>
      `Duration against end time of ${count} tasks, ${failed} of them failed. Half took less than ${middle}, the longest ${longest}.`,
  },
  failures: "Failed, by cause",
  noFailures: "Nothing failed.",
  newest: "The newest of them",
  newestFailed: "Newest",
  ago: " ago",
  noReason: "No reason was given",
  running: "Running longest",
  noRunning: "Nothing is running.",
  queue: "Queue",
  queueNow: (count: string) => `${count} now`,
  unexplained: (told: string, all: string) => `Of ${told} of the ${all}; the others are queued behind these.`,
  noQueue: "Nothing waits.",
  whyTheyWait: "Why they wait",
  workers: "Workers",
  noWorkers: "No worker is online. The server starts one on its own machine by itself; if none comes up, see its log.",
  slotsInUse: (offline: number) => (offline > 0 ? `slots in use, ${offline} offline` : "slots in use"),
  draining: "draining",
  slotsOf: (name: string) => `Slots in use on ${name}`,
  of: "of",
  sources: "Sources",
  schedules: "Next by schedule",
  noSchedules: "Nothing starts by itself. A task's schedule stands in its project file.",
  noSources: "No repository is watched yet.",
} as const;
