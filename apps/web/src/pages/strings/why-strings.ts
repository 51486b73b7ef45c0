/** Explanations of a task’s state. */
export const whyStrings = {
  checked: "What was checked",
  gone: "What was checked is no longer kept.",
} as const;
