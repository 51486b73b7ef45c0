/** `3`, `3.11`, `3.11.4`, or empty. */
export function isVersion(text: string): boolean {
  return /^(\d+(\.\d+){0,3})?$/.test(text);
}

/** Whether `version` (`3.11.7`) is one that `wanted` (`3`, `3.11`, `3.11.7`, empty) asks for: component by component. */
export function versionMatches(version: string, wanted: string): boolean {
  if (wanted === "") return version.startsWith("3.");
  const parts = version.split(".");
  return wanted.split(".").every((part, index) => parts[index] === part);
}

/** Whether `version` is `least` or newer. */
export function isAtLeast(version: string, least: string): boolean {
  return newestFirst(version, least) <= 0;
}

/** Orders versions, newest first; anything that is no number comes last. */
export function newestFirst(a: string, b: string): number {
  const [left, right] = [a.split("."), b.split(".")];
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = toNumber(right[index]) - toNumber(left[index]);
    if (difference !== 0) return difference;
  }
  return 0;
}

function toNumber(part: string | undefined): number {
  const value = Number.parseInt(part ?? "", 10);
  return Number.isNaN(value) ? -1 : value;
}
