import type { TimeAxis } from "#lib/time-axis.ts";

/** How much of something there was in one stretch of time. */
export interface AmountPoint {
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  readonly amount: number;
}

/** One run of points without a gap, and what was asked for meanwhile. */
export interface AmountSeries {
  readonly key: string;
  readonly points: readonly AmountPoint[];
  /** 0 when nothing was asked for. */
  readonly asked: number;
}

interface AmountLaneProps {
  readonly name: string;
  /** For where there is no room. */
  readonly short: string;
  /** The same as the picture, in words. */
  readonly label: string;
  /** Beside the name: "peak 300 MiB of 1 GiB". */
  readonly note: string;
  readonly series: readonly AmountSeries[];
  readonly axis: TimeAxis;
}

const width = 1_000;
const height = 26;
const top = 3;

/** A lane of a timeline that shows an amount as it went, against what was asked for. */
export function AmountLane({ name, short, label, note, series, axis }: AmountLaneProps) {
  const amounts = series.flatMap(({ points, asked }) => [asked, ...points.map(({ amount }) => amount)]);
  const most = Math.max(...amounts, Number.MIN_VALUE);
  const x = (at: number) => round((axis.place(at) / 100) * width);
  const y = (amount: number) => round(height - (amount / most) * (height - top));
  return (
    <div className="lane amount-lane">
      <span className="lab">
        <span className="dim lab-word">{name}</span>
        <span className="dim lab-short" aria-hidden="true">
          {short}
        </span>
        <span className="faint" title={note}>
          {note}
        </span>
      </span>
      <span className="track">
        <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={label}>
          <title>{label}</title>
          {series.map(({ key, points, asked }) => (
            <g key={key}>
              <path className="amount-area" d={`${line(points, x, y)} V${height} H${x(points[0]?.from ?? 0)} Z`} />
              <path className="amount-line" d={line(points, x, y)} />
              {asked > 0 && (
                <path
                  className="amount-asked"
                  d={`M${x(points[0]?.from ?? 0)} ${y(asked)} H${x(points.at(-1)?.to ?? 0)}`}
                />
              )}
            </g>
          ))}
        </svg>
      </span>
    </div>
  );
}

/** Flat over each stretch, as nothing is known of what was within. */
function line(points: readonly AmountPoint[], x: (at: number) => number, y: (amount: number) => number): string {
  return points
    .map(({ from, to, amount }, index) => `${index === 0 ? `M${x(from)} ${y(amount)}` : `V${y(amount)}`} H${x(to)}`)
    .join(" ");
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
