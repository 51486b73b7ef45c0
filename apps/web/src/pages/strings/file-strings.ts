/** The text of a file, and what is wrong in it. */
export const fileStrings = {
  copy: "Copy the file",
  error: "Error",
  warning: "Warning",
  write: "Write",
  place: (line: number, column: number) => `line ${line}, column ${column}`,
  count: (errors: number, warnings: number) =>
    [
      errors === 0 ? "" : errors === 1 ? "one error" : `${errors} errors`,
      warnings === 0 ? "" : warnings === 1 ? "one warning" : `${warnings} warnings`,
    ]
      .filter((part) => part !== "")
      .join(", "),
} as const;
