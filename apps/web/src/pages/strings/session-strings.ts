/** Who is logged in, the login, and what a role may do. */
export const sessionStrings = {
  roles: {
    viewer: "viewer",
    runner: "runner",
    editor: "editor",
    admin: "admin",
    worker: "worker",
    unknown: "unknown",
  },
  needs: (needed: string, role: string) => `This needs the role ${needed}; you are ${role}.`,
  limited: (projects: string) => `This concerns the whole server; you are limited to ${projects}.`,
  account: (name: string, role: string) => `Logged in as ${name}, ${role}`,
  limitedTo: (projects: string) => `Sees ${projects} only`,
  logout: "Log out",
  logoutFailed: "You could not be logged out",
  login: {
    title: "Log in",
    lead: "This server asks who you are. Paste an API token; an admin makes one for you under Tokens.",
    token: "API token",
    tokenHint: "It begins with trib_ and stays out of this browser: you are given a session of a week at most.",
    missing: "Paste your token.",
    confirm: "Log in",
    first: "The first admin’s token was printed when the server was started.",
  },
} as const;
