/** How the program ends. A task that was followed to its end gives its own exit code instead, 1 when it has none. */
export const exitCodes = {
  done: 0,
  /** The server refused, or something else went wrong; the reason is on stderr. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** No server answers. */
  unreachable: 3,
  /** The server asks for a token, or for one with another role. */
  denied: 4,
  /** Interrupted; a task that was being followed goes on. */
  interrupted: 130,
} as const;
