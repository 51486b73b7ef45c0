import type { CSSProperties, ReactNode } from "react";

import { formatDuration } from "#lib/format.ts";
import { strings } from "#lib/strings.ts";
import type { State } from "#ui/state-glyph.tsx";

function percent(share: number): string {
  return `${Math.min(100, Math.max(0, share * 100))}%`;
}

/** How much of something is used (full colour) under how much of it is reserved (pale). Shares of one. */
export function Meter(props: {
  readonly label: string;
  readonly used: number;
  readonly held?: number | undefined;
  readonly state?: State | undefined;
  readonly width?: number | undefined;
}) {
  const style: CSSProperties = { width: props.width };
  return (
    // biome-ignore lint/a11y/useSemanticElements: the browser's own meter cannot show two values
    <span
      className={`meter s-${props.state ?? "running"}`}
      role="meter"
      aria-label={props.label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(Math.min(1, Math.max(0, props.used)) * 100)}
      style={style}
    >
      {props.held !== undefined && <i className="held" style={{ width: percent(props.held) }} />}
      <i style={{ width: percent(props.used) }} />
    </span>
  );
}

/**
 * A duration with its measure: the bar is this run, the tick the usual one. Without a usual duration there is no bar.
 *
 * @param props.usual - milliseconds, the median of earlier runs
 */
export function DurationBar(props: {
  readonly ms: number;
  readonly usual?: number | undefined;
  readonly state: State;
  readonly children?: ReactNode;
}) {
  const { ms, usual, state } = props;
  const measured = usual !== undefined && usual > 0;
  const title = measured ? strings.duration.usual(formatDuration(usual)) : undefined;
  return (
    <span className="dur" title={title}>
      <b>{props.children ?? formatDuration(ms)}</b>
      {measured && (
        <span className={`meter s-${state}`}>
          <i style={{ width: percent(ms / usual / 2) }} />
          <u style={{ left: "50%" }} />
        </span>
      )}
      {measured && <span className="vh">{title}</span>}
    </span>
  );
}

/** Slots of a machine: full ones taken, half ones taken and not to be given out again, the rest free. */
export function Slots(props: {
  readonly taken: number;
  readonly ending?: number | undefined;
  readonly total: number;
  readonly label: string;
}) {
  const ending = props.ending ?? 0;
  const slots = Array.from({ length: Math.min(props.total, 64) }, (_, slot) => slot);
  return (
    <span className="slots" role="img" aria-label={props.label}>
      {slots.map((slot) => (
        <i key={slot} className={slot < props.taken ? "on" : slot < props.taken + ending ? "end" : ""} />
      ))}
    </span>
  );
}
