/** API tokens and their dialogs. */
export const tokensStrings = {
  title: "Tokens",
  lead: (usable: string) =>
    `${usable === "0" ? "None" : usable === "1" ? "One" : usable} in use. Programs and people call with them where the server asks who they are.`,
  create: "Create a token",
  columns: {
    state: "State",
    name: "Name",
    role: "Role",
    projects: "Projects",
    created: "Created",
    lastUsed: "Last used",
    expires: "Expires",
    acts: "Acts",
  },
  active: "Active",
  expired: "Expired",
  revoked: "Revoked",
  never: "never",
  neverUsed: "never used",
  allProjects: "all",
  by: (who: string) => `by ${who}`,
  sessions: (count: number) => (count === 1 ? "1 browser logged in" : `${count} browsers logged in`),
  revokedBy: (who: string) => `by ${who}`,
  revoke: "Revoke…",
  revokeOf: (name: string) => `Revoke ${name}…`,
  emptyTitle: "There is no token yet",
  emptyText:
    "This server takes whoever reaches it for its user. Start it with TRIBUTARY_AUTH=required to ask callers for tokens. Create one here, or from a shell:",
  form: {
    title: "Create a token",
    lead: "It is shown once, right after.",
    confirm: "Create the token",
    name: "Name",
    nameHint: "What its bearer is called wherever something is done with it.",
    nameMissing: "Write a name.",
    role: "Role",
    roles: {
      viewer: "Viewer: looks",
      runner: "Runner: also runs and cancels tasks",
      editor: "Editor: also changes sources, schedules and what is kept",
      admin: "Admin: also manages secrets and tokens",
      worker: "Worker: does a worker’s part and nothing else",
    },
    projects: "Only these projects",
    projectsHint: "Names with commas between. Left empty, it is for all of them.",
    expiry: "Expires",
    expiries: { "7": "in a week", "30": "in 30 days", "90": "in 90 days", "365": "in a year", "0": "never" },
  },
  made: {
    title: (name: string) => `The token ${name}`,
    lead: "Copy it now: it cannot be shown again, and nobody can read it from the server.",
    label: "The token",
    copy: "Copy the token",
    use: "Send it with every call, as",
    done: "I have copied it",
  },
  remove: {
    title: (name: string) => `Revoke ${name}?`,
    text: "Whoever calls with it is refused from this moment on. It cannot be given back.",
    sessions: (count: number) =>
      count === 1
        ? "One browser is logged in with it and is logged out."
        : `${count} browsers are logged in with it and are logged out.`,
    confirm: "Revoke the token",
    keep: "Keep it",
  },
} as const;
