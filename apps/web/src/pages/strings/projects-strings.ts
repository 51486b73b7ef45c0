/** The list of projects. */
export const projectsStrings = {
  title: "Projects",
  lead: "What sources and uploads define: tasks, templates, data sets and models.",
  columns: {
    name: "Project",
    from: "From",
    tasks: "Tasks",
    models: "Models",
    dataSets: "Data sets",
    updated: "Updated",
  },
  source: "source",
  uploads: (count: number) => (count === 1 ? "one upload" : `${count} uploads`),
  run: (name: string) => `Run a task of ${name}`,
  emptyTitle: "No project is known yet",
  emptyText:
    "A project is what a project file defines. Add a repository that has one at its top. The smallest ame.yaml:",
  example:
    'projectid: hello\ntasks:\n  - name: greet\n    executor: !custom\n      pythonVersion: "3"\n      command: echo hello',
} as const;
