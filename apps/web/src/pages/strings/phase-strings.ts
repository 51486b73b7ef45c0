/** What an attempt does before and after it runs. */
export const phaseStrings = { starting: "Starting", preparing: "Preparing", collecting: "Collecting" } as const;
