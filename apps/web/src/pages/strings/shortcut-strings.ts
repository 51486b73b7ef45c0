/** Keys that work everywhere, and where they lead. */
export const goKeys = {
  o: "Overview",
  t: "Tasks",
  f: "Failed, last 24 h",
  p: "Projects",
  s: "Sources",
  c: "Schedules",
  w: "Workers",
} as const;

/** The sheet of keys. */
export const shortcutStrings = {
  title: "Keys",
  lead: "They work wherever nothing is being written.",
  open: "Show all keys",
  groups: [
    {
      title: "Everywhere",
      keys: [
        ["Ctrl K", "Search, go to, run"],
        ["?", "This sheet"],
        ["Esc", "Close what is open"],
      ],
    },
    {
      title: "Lists",
      keys: [
        ["/", "Search the list, where it can be"],
        ["j k", "Next and previous row"],
        ["Home End", "First and last row"],
        ["x", "Select the row; with Shift and an arrow, more"],
        ["Ctrl A", "Select all rows that are loaded"],
        ["Enter", "Open the row"],
      ],
    },
    {
      title: "Logs",
      keys: [
        ["/", "Search the whole log"],
        ["n N", "Next and previous hit"],
        ["e E", "Next and previous error"],
        ["m", "Only matching lines, or all"],
        ["j k", "Next and previous line"],
        ["g G", "First and last line"],
        ["z", "Fold or unfold all groups"],
        ["w", "Wrap long lines"],
        ["t", "Other times"],
        ["End", "Follow the end again"],
        ["Shift click", "Mark lines up to this one"],
      ],
    },
  ],
  goTitle: "Go to",
  goFirst: "g",
} as const;
