/** The navigation. */
export const navStrings = {
  overview: "Overview",
  work: "Work",
  tasks: "Tasks",
  schedules: "Schedules",
  dataSets: "Data sets",
  models: "Models",
  definitions: "Projects",
  projects: "Projects",
  sources: "Sources",
  platform: "Platform",
  workers: "Workers",
  stagedFiles: "Agent files",
  secrets: "Secrets",
  settings: "Settings",
  tokens: "Tokens",
  events: "Events",
} as const;
