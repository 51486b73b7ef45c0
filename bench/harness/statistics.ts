/** @param share - from 0 to 1, such as 0.99 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export const median = (values: readonly number[]) => percentile(values, 0.5);

/** Measures as often as asked, after one time that does not count, and answers all. */
export async function repeat<T>(times: number, measure: () => Promise<T>): Promise<T[]> {
  const all: T[] = [];
  for (let n = 0; n <= times; n++) {
    const one = await measure();
    if (n > 0) all.push(one);
  }
  return all;
}
