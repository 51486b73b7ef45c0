/** What a line does that begins or ends a group of lines. */
export interface GroupMark {
  readonly end: boolean;
  /** Empty where it ends. */
  readonly title: string;
}

/** One of these is in every line that begins or ends a group; most lines have none, and are not looked at further. */
export const groupHints: readonly string[] = ["group::", "group]"];

const mark = /^[ \t]*(?:::(end)?group::|##\[(end)?group\])(.*)/;
/** Characters of a title that are told. */
const longestTitle = 200;

/**
 * Reads the marks that workflow commands of GitHub and logging commands of Azure Pipelines use, and many tools with them.
 *
 * @param text - one line without colours
 */
export function groupMarkOf(text: string): GroupMark | undefined {
  const found = mark.exec(text);
  if (!found) return undefined;
  const end = (found[1] ?? found[2]) !== undefined;
  return { end, title: end ? "" : (found[3] ?? "").trim().slice(0, longestTitle) };
}
