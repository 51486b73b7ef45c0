const units = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;

/** Reads `90s`, `30m`, `1h 30m`, `250ms` as milliseconds; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const words = text.trim().toLowerCase();
  if (!/^(\d+\s*(?:ms|[smhd])\s*)+$/.test(words)) return undefined;
  let sum = 0;
  for (const [, count, unit] of words.matchAll(/(\d+)\s*(ms|[smhd])/g)) {
    sum += Number(count) * units[unit as keyof typeof units];
  }
  return sum;
}

/** Writes whole milliseconds so that they are read as the same: `1h 30m`, `0s`. */
export function writeDuration(ms: number): string {
  const parts: string[] = [];
  let left = ms;
  for (const [unit, length] of Object.entries(units)) {
    const count = Math.floor(left / length);
    if (count > 0) parts.push(`${count}${unit}`);
    left -= count * length;
  }
  return parts.join(" ") || "0s";
}
