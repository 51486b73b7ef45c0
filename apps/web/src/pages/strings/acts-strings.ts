/** Verbs that several pages share. */
export const actsStrings = {
  cancel: "Cancel",
  cancelled: "The task is being cancelled",
  cancelFailed: "The task was not cancelled",
  runAgain: "Run again",
  runFailed: "The task was not started",
  openLog: "Open the log",
  openTask: "Open the task",
  open: "Open",
  run: "Run",
  runTask: "Run a task",
  copyAs: "Copy as",
  copied: (what: string) => `Copied as ${what}`,
  copyFailed: "Could not copy",
  close: "Cancel",
  more: "More",
} as const;
