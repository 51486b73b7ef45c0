import type { CSSProperties, ReactNode } from "react";

import { formatClock, formatDuration, formatShortDateTime } from "#lib/format.ts";
import { strings } from "#lib/strings.ts";
import { type TimeAxis, timeAxis } from "#lib/time-axis.ts";
import { Link } from "#ui/link.tsx";
import { type State, StateGlyph } from "#ui/state-glyph.tsx";
import { useNow } from "#ui/use-now.ts";

export type Phase = "queued" | "preparing" | "running" | "collecting";

export interface PhaseBar {
  readonly phase: Phase;
  /** Milliseconds since 1970. */
  readonly from: number;
  /** Absent while it goes on. */
  readonly to?: number | undefined;
  /** What happened in it: "environment from cache". */
  readonly note?: string | undefined;
}

export interface AttemptLane {
  readonly number: number;
  readonly state: State;
  /** How it ended or what it does: "Exit 1". */
  readonly label: string;
  readonly worker?: string | undefined;
  readonly bars: readonly PhaseBar[];
  /** After the last bar: "no heartbeat for 30 s". */
  readonly note?: string | undefined;
  readonly href?: string | undefined;
}

interface AttemptTimelineProps {
  readonly lanes: readonly AttemptLane[];
  /** The attempt whose log is shown. */
  readonly current?: number | undefined;
  /** A lane of the page's own under the attempts, such as memory, drawn on the same axis. */
  readonly extra?: ((axis: TimeAxis) => ReactNode) | undefined;
}

/** Milliseconds below which ticks lie so close that hours and minutes do not tell them apart. */
const shortSpan = 300_000;
/** Milliseconds from which one time of day comes twice. */
const longSpan = 86_400_000;

/** One lane an attempt: queued, preparing, running, collecting, on one axis of time. */
export function AttemptTimeline({ lanes, current, extra }: AttemptTimelineProps) {
  const live = lanes.some(({ bars }) => bars.some(({ to }) => to === undefined));
  const now = useNow(() => (live ? 1000 : undefined));
  const starts = lanes.flatMap(({ bars }) => bars.map(({ from }) => from));
  if (starts.length === 0) return null;
  const ends = lanes.flatMap(({ bars }) => bars.map(({ to }) => to ?? now));
  const [from, to] = [Math.min(...starts), Math.max(...ends)];
  // a little room at the end, for the mark of how it ended
  // short spans are told from their beginning, longer ones by the clock: their ticks are round on it
  const zone = to - from < shortSpan ? -from / 60_000 : -new Date(now).getTimezoneOffset();
  const axis = timeAxis(from, to + (to - from) / 100, 7, zone);
  return (
    <section
      className="attempts"
      aria-label={strings.timeline.label}
      style={{ "--ticks": tickLines(axis) } as CSSProperties}
    >
      <Axis axis={axis} />
      {lanes.map((lane) => (
        <Lane key={lane.number} lane={lane} axis={axis} now={now} current={lane.number === current} />
      ))}
      {extra?.(axis)}
      <Legend />
    </section>
  );
}

/** Hairlines behind the lanes, at the axis's ticks. */
function tickLines({ ticks, place }: TimeAxis): string {
  const lines = ticks.map((tick) => {
    const at = place(tick).toFixed(3);
    return `linear-gradient(var(--line), var(--line)) ${at}% 0 / 1px 100% no-repeat`;
  });
  return lines.join(", ") || "none";
}

function Axis({ axis }: { readonly axis: TimeAxis }) {
  const span = axis.to - axis.from;
  const clock = span < longSpan ? formatClock : formatShortDateTime;
  const word = (tick: number) => (span < shortSpan ? sinceStart(tick - axis.from, span) : clock(tick));
  return (
    <div className="lane axis" aria-hidden="true">
      <span />
      <span className="track">
        {axis.ticks.map((tick) => (
          <span key={tick} style={{ left: `${axis.place(tick)}%`, transform: shiftAt(axis.place(tick)) }}>
            {word(tick)}
          </span>
        ))}
      </span>
    </div>
  );
}

/** A short stretch has ticks within one second, which a duration for readers does not tell apart. */
function sinceStart(ms: number, span: number): string {
  return span < 10_000 ? `+${Number((ms / 1000).toFixed(3))}s` : `+${formatDuration(ms)}`;
}

/** Words stand in the middle of their ticks, but for those that would reach beyond an end. */
function shiftAt(percent: number): string {
  return percent < 6 ? "none" : percent > 94 ? "translateX(-100%)" : "translateX(-50%)";
}

function Lane(props: {
  readonly lane: AttemptLane;
  readonly axis: TimeAxis;
  readonly now: number;
  readonly current: boolean;
}) {
  const { lane, axis, now, current } = props;
  const last = lane.bars.at(-1);
  const end = last === undefined ? undefined : axis.place(last.to ?? now);
  return (
    <div className={`lane s-${lane.state} ${current ? "is-on" : ""}`}>
      <LaneLabel lane={lane} current={current} />
      <span className="track">
        {lane.bars.map((bar) => (
          <Bar key={`${bar.phase} ${bar.from}`} bar={bar} axis={axis} now={now} />
        ))}
        {last?.to !== undefined && <span className="bar bar--end" style={{ left: `${end}%` }} />}
        {lane.note && end !== undefined && <Note text={lane.note} at={end} />}
      </span>
    </div>
  );
}

function LaneLabel({ lane, current }: { readonly lane: AttemptLane; readonly current: boolean }) {
  const content = (
    <>
      <b>
        <span className="vh">{strings.timeline.attempt("")}</span>
        {lane.number}
      </b>
      <StateGlyph state={lane.state} />
      <span className="lab-word">{lane.label}</span>
      {lane.worker && <span className="faint">{lane.worker}</span>}
    </>
  );
  if (lane.href === undefined) return <span className="lab">{content}</span>;
  return (
    <Link className="lab" href={lane.href} aria-current={current || undefined}>
      {content}
    </Link>
  );
}

function Bar({ bar, axis, now }: { readonly bar: PhaseBar; readonly axis: TimeAxis; readonly now: number }) {
  const to = bar.to ?? now;
  const [left, right] = [axis.place(bar.from), axis.place(to)];
  const live = bar.to === undefined && bar.phase !== "queued";
  const said = `${strings.timeline[bar.phase]} ${formatDuration(to - bar.from)}${bar.note ? `: ${bar.note}` : ""}`;
  return (
    <span
      className={`bar bar--${bar.phase} ${live ? "bar--live" : ""}`}
      role="img"
      aria-label={said}
      title={said}
      style={{ left: `${left}%`, width: `${right - left}%` }}
    />
  );
}

/** After the end, where there is room. */
function Note({ text, at }: { readonly text: string; readonly at: number }) {
  if (at > 78) return null;
  return (
    <span className="after" style={{ left: `${at}%` }}>
      {text}
    </span>
  );
}

const phases: readonly Phase[] = ["queued", "preparing", "running", "collecting"];

function Legend() {
  return (
    <div className="lane axis keys" aria-hidden="true">
      <span />
      <span className="legend">
        {phases.map((phase) => (
          <span key={phase}>
            <i className={`bar bar--${phase}`} />
            {strings.timeline[phase]}
          </span>
        ))}
      </span>
    </div>
  );
}
