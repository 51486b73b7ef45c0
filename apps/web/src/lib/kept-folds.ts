/** Logs whose folded groups are remembered; the least recently changed goes first. */
const mostLogs = 50;
const mostFolds = 500;
const key = "log-folds";

type Kept = readonly (readonly [log: string, lines: readonly number[]])[];

/** First lines of the groups that the reader folded in a log; kept in the browser. */
export function readFolds(log: string): ReadonlySet<number> {
  return new Set(read().find(([name]) => name === log)?.[1] ?? []);
}

export function keepFolds(log: string, lines: ReadonlySet<number>): void {
  const others = read().filter(([name]) => name !== log);
  const mine: Kept = lines.size === 0 ? [] : [[log, [...lines].slice(0, mostFolds)]];
  try {
    localStorage.setItem(key, JSON.stringify([...mine, ...others].slice(0, mostLogs)));
  } catch {
    // without storage they hold until the page is closed
  }
}

function read(): Kept {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? "[]");
    return Array.isArray(kept) ? kept.filter(isEntry) : [];
  } catch {
    return [];
  }
}

function isEntry(value: unknown): value is Kept[number] {
  return (
    Array.isArray(value) &&
    typeof value[0] === "string" &&
    Array.isArray(value[1]) &&
    value[1].every((line) => Number.isSafeInteger(line))
  );
}
