import { durationMs } from "@bufbuild/protobuf/wkt";
import type { Attempt, UsagePoint } from "@tributary/proto/tributary/v1/tasks_pb";

import { toMs } from "#api/time.ts";
import { formatBytes } from "#lib/format.ts";
import type { TimeAxis } from "#lib/time-axis.ts";
import { usageStrings } from "#pages/strings/usage-strings.ts";
import type { AttemptUsage } from "#pages/task/use-attempt-usage.ts";
import { AmountLane, type AmountSeries } from "#ui/amount-lane.tsx";

const words = usageStrings;

/** Memory and processors of the attempts over time, under their lanes. Nothing where nothing was measured. */
export function UsageLanes(props: {
  readonly usages: readonly AttemptUsage[];
  readonly attempts: readonly Attempt[];
  readonly axis: TimeAxis;
}) {
  const { usages, attempts, axis } = props;
  const measured = usages.filter(({ points }) => points.length > 0);
  // Where there is something to come its room is kept, as all that is below would move.
  const isToCome = usages.length === 0 && attempts.some(({ usage }) => usage !== undefined);
  if (isToCome) return [words.memory, words.cpu].map((name) => <ComingLane key={name} name={name} axis={axis} />);
  if (measured.length === 0) return null;
  const memory = measured.map((usage) => seriesOf(usage, Number(usage.memoryBytes), memoryOf));
  const cpu = measured.map((usage) => seriesOf(usage, Number(usage.cpuMillis) / 1000, coresOf));
  const peakMemory = Math.max(mostOf(memory), ...attempts.map(({ usage }) => Number(usage?.peakMemoryBytes ?? 0)));
  return (
    <>
      <AmountLane
        name={words.memory}
        short={words.memoryShort}
        series={memory}
        axis={axis}
        {...told(words.memory, formatBytes(peakMemory), askedOf(memory), formatBytes)}
      />
      <AmountLane
        name={words.cpu}
        short={words.cpu}
        series={cpu}
        axis={axis}
        {...told(words.cpu, cores(mostOf(cpu)), askedOf(cpu), cores)}
      />
    </>
  );
}

function ComingLane({ name, axis }: { readonly name: string; readonly axis: TimeAxis }) {
  return <AmountLane name={name} short="" label={name} note="" series={[]} axis={axis} />;
}

function seriesOf(usage: AttemptUsage, asked: number, amountOf: (point: UsagePoint) => number): AmountSeries {
  const points = usage.points.flatMap((point) => {
    const to = toMs(point.time);
    return to === undefined ? [] : [{ from: to - spanOf(point), to, amount: amountOf(point) }];
  });
  return { key: String(usage.attempt), points, asked };
}

function told(name: string, peak: string, asked: readonly number[], format: (amount: number) => string) {
  const wanted = asked.map(format).join(words.andThen);
  return { note: words.note(peak, wanted), label: words.label(name, peak, wanted) };
}

/** What was asked for, each amount once, in order. */
function askedOf(series: readonly AmountSeries[]): readonly number[] {
  return [...new Set(series.map(({ asked }) => asked))].filter((asked) => asked > 0);
}

function mostOf(series: readonly AmountSeries[]): number {
  return Math.max(0, ...series.flatMap(({ points }) => points.map(({ amount }) => amount)));
}

function memoryOf({ memoryBytes }: UsagePoint): number {
  return Number(memoryBytes);
}

function coresOf(point: UsagePoint): number {
  return point.cpuTime ? durationMs(point.cpuTime) / Math.max(1, spanOf(point)) : 0;
}

function spanOf({ span }: UsagePoint): number {
  return span ? durationMs(span) : 0;
}

function cores(amount: number): string {
  return `${Number(amount.toFixed(amount < 10 ? 2 : 0))} CPU`;
}
