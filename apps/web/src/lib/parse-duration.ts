const units: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads `90s`, `30m`, `1h 30m` as milliseconds; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const words = text.trim().toLowerCase();
  if (!/^(\d+\s*[smhd]\s*)+$/.test(words)) return undefined;
  let sum = 0;
  for (const [, count, unit] of words.matchAll(/(\d+)\s*([smhd])/g)) sum += Number(count) * (units[unit ?? "s"] ?? 0);
  return sum;
}
