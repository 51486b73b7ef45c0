/** States of sources. */
export const sourceStrings = {
  pending: "Waits for its first sync",
  synchronising: "Synchronising",
  synchronized: "Synced",
  error: "Cannot read",
  authFailure: "Access refused",
  repositoryNotFound: "Repository not found",
  projectNotFound: "No project file",
  projectBroken: "Broken project file",
  secretNotFound: "Secret missing",
  hostKeyChanged: "Another host key",
} as const;
