import { formatBytes, formatCount } from "#lib/format.ts";

/** What is said of the files that a task left. */
export const artifactStrings = {
  list: "Artifacts",
  path: "Path",
  size: "Size",
  type: "Type",
  attempt: "Try",
  sha256: "SHA-256",
  download: "Download",
  downloadOf: (path: string) => `Download ${path}`,
  copySum: (path: string) => `Copy the checksum of ${path}`,
  choose: (path: string) => `Choose ${path}`,
  chooseAll: "Choose all that are shown",
  find: "Find files",
  findHint: "part of a path",
  sum: (count: number, bytes: number) =>
    `${count === 1 ? "One file" : `${formatCount(count)} files`}, ${formatBytes(bytes)}`,
  downloadAll: "Download all",
  downloadChosen: (count: number) => `Download ${formatCount(count)} chosen`,
  tooManyChosen: "So many names do not fit into one address. Choose fewer, or download all.",
  more: "Show more",
  noMatch: "No file has this in its path",
  none: "The task left no files",
  notYet: "The task has left no files yet",
  noneText:
    "Files under the artifact paths of its definition are kept when it ends. This is what the server knows of it:",
  copyLink: "Copy link",
  asText: "As text",
  asItIs: "As it is",
  loading: "Reading the file…",
  contents: (path: string) => `Contents of ${path}`,
  emptyFile: "The file is empty.",
  binary: (type: string) =>
    `This is a binary file (${type}); there is nothing of it that could be shown. Download it instead.`,
  noPicture: "The browser cannot show this picture: it is damaged, or of a kind that it does not know.",
  pictureTooLarge: "Pictures of more than 32 MiB are not shown. Download it instead.",
  pageTooLarge: "Pages of more than 32 MiB are not shown. Download it instead.",
  inSandbox: "Shown in a sandbox without network and without your login.",
  firstPart: "Back to the beginning",
  previousPart: "Previous part",
  nextPart: "Next part",
  part: (number: number) => `Part ${formatCount(number)}: 256 KiB at most`,
  notJson: "This is not valid JSON; it is shown as it is.",
  jsonPart: "Only a part of the file is shown, as it is.",
  rows: (first: number, last: number, total: number | undefined) =>
    total === undefined
      ? `Rows ${formatCount(first)} to ${formatCount(last)}`
      : `Rows ${formatCount(first)} to ${formatCount(last)} of ${formatCount(total)}`,
  noRows: "No rows",
  columns: (first: number, last: number, total: number) =>
    `columns ${formatCount(first)} to ${formatCount(last)} of ${formatCount(total)}`,
  moreColumns: "More columns",
  fewerColumns: "First columns",
  noValue: "no value",
  cut: "the value is longer",
} as const;
