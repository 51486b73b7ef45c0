/** States of tasks, as people call them. */
export const stateStrings = {
  running: "Running",
  succeeded: "Succeeded",
  failed: "Failed",
  waiting: "Waiting",
  queued: "Queued",
  cancelled: "Cancelled",
  cancelling: "Cancelling",
  paused: "Paused",
  problem: "Problem",
  lost: "Worker lost",
  "timed-out": "Timed out",
  skipped: "Skipped",
  idle: "Unknown",
} as const;
