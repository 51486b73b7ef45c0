/** The palette. */
export const paletteStrings = {
  title: "Go to or run",
  search: "Search pages, tasks and what can be run",
  results: "Results",
  pages: "Pages",
  run: "Run",
  tasks: "Tasks",
  sources: "Sources",
  nothing: "Nothing matches.",
  runTask: (project: string, task: string) => `Run ${project} / ${task}`,
  openTask: (id: string) => `Open task #${id}`,
  addSource: "Add a source",
  createSecret: "Create a secret",
  keys: "Up and down choose, Enter opens, Escape closes.",
} as const;
