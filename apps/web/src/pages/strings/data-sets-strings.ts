/** The list of data sets. */
export const dataSetsStrings = {
  title: "Data sets",
  tab: (failed: string) => `${failed} failed · Data sets`,
  lead: (count: number) =>
    count === 0
      ? "No task has asked for one."
      : `${count} ${count === 1 ? "data set is" : "data sets are"} made once and shared by all tasks that ask.`,
  columns: {
    state: "State",
    name: "Data set",
    path: "Path",
    files: "Files",
    size: "Size",
    made: "Made",
    task: "By task",
    acts: "Actions",
  },
  states: { absent: "Not made", beingMade: "Being made", ready: "Ready", failed: "Failed" },
  never: "never",
  ago: " ago",
  declared: (size: string) => `declared as ${size}`,
  makeAgain: "Make again",
  making: (name: string) => `${name} is being made`,
  failed: "It was not made again",
  emptyTitle: "No task has asked for a data set yet",
  emptyText:
    "A project file names data sets and the task that makes each; tasks that ask for one wait for it. It is made when the first of them runs.",
  example:
    'dataSets:\n  - name: customers\n    path: data\n    task:\n      name: make-customers\n      executor: !custom\n        pythonVersion: "3"\n        command: python3 make.py',
} as const;
