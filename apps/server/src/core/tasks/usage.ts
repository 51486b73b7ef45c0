/** What an attempt has taken so far, or took in all. */
export interface UsageTotals {
  /** Milliseconds of processors. */
  readonly cpuMs: number;
  /** Bytes at a time. */
  readonly peakMemory: number;
  /** Bytes in its folder; 0 when it was too short to be measured. */
  readonly peakDisk: number;
}

/** What an attempt took in one stretch of time. */
export interface UsagePoint {
  /** The end of the stretch, milliseconds since 1970. */
  readonly at: number;
  /** Its length in milliseconds. */
  readonly span: number;
  /** Milliseconds of processors. */
  readonly cpuMs: number;
  /** Bytes, most at a time; as the others below. */
  readonly memory: number;
  readonly disk: number;
  readonly processes: number;
}

/** What is known of how an attempt went on. */
export interface Usage {
  readonly totals: UsageTotals;
  /** Oldest first, at most {@link mostPoints}. */
  readonly points: readonly UsagePoint[];
  /** Neighbours that are no longer than this together are one point; milliseconds. */
  readonly interval: number;
}

export const mostPoints = 240;

export const noUsage: Usage = {
  totals: { cpuMs: 0, peakMemory: 0, peakDisk: 0 },
  points: [],
  interval: 1_000,
};

/**
 * Adds what a worker tells. Points that end no later than the last one that is there were told before. When there are
 * too many, the interval is doubled, so that an attempt of any length has half of {@link mostPoints} or more.
 */
export function addUsage(usage: Usage, totals: UsageTotals | undefined, points: readonly UsagePoint[]): Usage {
  const last = usage.points.at(-1)?.at ?? Number.NEGATIVE_INFINITY;
  const fresh = points.filter(({ at }) => at > last).sort((a, b) => a.at - b.at);
  let { interval } = usage;
  let all = joinShort([...usage.points, ...fresh], interval);
  while (all.length > mostPoints) {
    interval *= 2;
    all = joinShort(all, interval);
  }
  return { totals: mergeTotals(usage.totals, totals), points: all, interval };
}

/** Totals only grow: a worker that came back in the middle may have missed some. */
export function mergeTotals(a: UsageTotals, b: UsageTotals | undefined): UsageTotals {
  if (!b) return a;
  return {
    cpuMs: Math.max(a.cpuMs, b.cpuMs),
    peakMemory: Math.max(a.peakMemory, b.peakMemory),
    peakDisk: Math.max(a.peakDisk, b.peakDisk),
  };
}

function joinShort(points: readonly UsagePoint[], interval: number): UsagePoint[] {
  const joined: UsagePoint[] = [];
  for (const point of points) {
    const before = joined.at(-1);
    if (before && before.span + point.span <= interval) joined[joined.length - 1] = join(before, point);
    else joined.push(point);
  }
  return joined;
}

function join(a: UsagePoint, b: UsagePoint): UsagePoint {
  return {
    at: b.at,
    span: a.span + b.span,
    cpuMs: a.cpuMs + b.cpuMs,
    memory: Math.max(a.memory, b.memory),
    disk: Math.max(a.disk, b.disk),
    processes: Math.max(a.processes, b.processes),
  };
}
