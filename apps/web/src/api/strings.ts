/** Every text that calls and streams give rise to, in one place. */
export const strings = {
  problem: {
    other: { title: "This did not work" },
    unavailable: {
      title: "The server cannot be reached",
      message: "The server does not answer. Check that it is running; this page goes on by itself when it is back.",
    },
    deadline: { title: "The server took too long", message: "It did not answer in time. Try again." },
    fault: {
      title: "Something went wrong in the server",
      message: "The fault is in the server’s log. Try again; if it happens again, look there.",
    },
    notFound: { title: "Not found" },
    denied: { title: "You may not do this" },
    unauthenticated: { title: "Log in first" },
    unimplemented: {
      title: "This server does not offer that",
      hint: "It may be older than this page: load the page again.",
    },
    invalid: { title: "The server refused this" },
    exists: { title: "It exists already" },
    precondition: { title: "This cannot be done now" },
    aborted: { title: "Something changed meanwhile", hint: "Look again, and repeat it if you still want it." },
    exhausted: { title: "That is too much", hint: "Ask for less, or wait a little." },
    field: "This value is not allowed",
  },
} as const;
