/** A line that begins or ends a group. */
export interface GroupMark {
  /** Its number, from 1. */
  readonly line: number;
  readonly end: boolean;
  readonly title: string;
}

/** Lines that belong together under a title. Numbers are those readers see. */
export interface LogGroup {
  /** The line that begins it and has its title. */
  readonly line: number;
  /** The last line of it; infinite while it goes on. */
  readonly last: number;
  /** The line that ends it, where there is one: then the same as `last`. */
  readonly closed: boolean;
  readonly title: string;
  /** 0 for one that is in no other. */
  readonly depth: number;
}

/**
 * Pairs the marks of groups. One may hold others; one without an end goes on until its attempt's output ends.
 *
 * @param marks - by line, increasing
 * @param starts - first lines of attempts, increasing
 * @returns by line, increasing
 */
export function pairGroups(marks: readonly GroupMark[], starts: readonly number[]): readonly LogGroup[] {
  const groups: LogGroup[] = [];
  const open: number[] = [];
  let attempt = 0;
  const close = (last: number, closed: boolean) => {
    const index = open.pop();
    const group = index === undefined ? undefined : groups[index];
    if (index !== undefined && group) groups[index] = { ...group, last, closed };
  };
  const enterAttempts = (line: number) => {
    for (let start = starts[attempt]; start !== undefined && start <= line; start = starts[attempt]) {
      while (open.length > 0) close(start - 1, false);
      attempt += 1;
    }
  };
  for (const { line, end, title } of marks) {
    enterAttempts(line);
    if (end) close(line, true);
    else {
      groups.push({ line, last: Number.POSITIVE_INFINITY, closed: false, title, depth: open.length });
      open.push(groups.length - 1);
    }
  }
  enterAttempts(Number.POSITIVE_INFINITY);
  return groups;
}

/** The groups that have a line in them, but for those that begin with it; the outermost first. */
export function groupsAround(groups: readonly LogGroup[], line: number): readonly LogGroup[] {
  return groups.filter((group) => group.line < line && line <= group.last);
}
