/** The page for addresses that lead nowhere. */
export const notFoundStrings = {
  title: "Page not found",
  lead: "There is no page at this address",
  text: "It may be mistyped, or what it showed has been removed.",
  overview: "Go to the overview",
  tasks: "All tasks",
} as const;
