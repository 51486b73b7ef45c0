/** Explanations of a task’s state. */
export const whyStrings = {
  checked: "What was checked",
  addWorkers: "Add workers…",
  resumeWorker: "Resume a worker",
  askForLess: "Ask for less…",
  askForLessHint: "Runs it once more with other resources; this one stays until you cancel it",
  waitsFor: "What it waits for",
  gone: "What was checked is no longer kept.",
} as const;
