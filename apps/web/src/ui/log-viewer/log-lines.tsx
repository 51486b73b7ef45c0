import type { LineRange } from "#lib/line-range.ts";
import type { LogLine } from "#lib/log-source.ts";
import type { LogTime } from "#lib/log-time.ts";
import { type LogAttempt, LogDivider } from "#ui/log-viewer/log-divider.tsx";
import { LogRow } from "#ui/log-viewer/log-row.tsx";
import { RangeTip } from "#ui/log-viewer/range-tip.tsx";

interface LogLinesProps {
  /** Positions of the lines to draw, from 0. */
  readonly from: number;
  readonly to: number;
  readonly line: (position: number) => LogLine | undefined;
  readonly attempts: readonly LogAttempt[];
  readonly range: LineRange | undefined;
  readonly rangeHref: (range: LineRange) => string;
  readonly onClearRange: (() => void) | undefined;
  readonly currentHit: number | undefined;
  readonly pattern: RegExp | undefined;
  readonly time: LogTime;
  readonly start: number;
  readonly onPick: (number: number, extend: boolean) => void;
  readonly onMove: (number: number) => void;
}

/** The drawn lines, each with the rule before it where an attempt begins. */
export function LogLines(props: LogLinesProps) {
  const { from, to, range, attempts } = props;
  const positions = Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);
  const tabStop = range !== undefined && range.from > from && range.from <= to ? range.from : from + 1;
  return positions.map((position) => {
    const number = position + 1;
    const attempt = attempts.find(({ line }) => line === number);
    const row = <Row {...props} number={number} tabStop={number === tabStop} />;
    return (
      <div key={number} data-position={position}>
        {attempt && <LogDivider attempt={attempt} />}
        {row}
      </div>
    );
  });
}

function Row(props: LogLinesProps & { readonly number: number; readonly tabStop: boolean }) {
  const { number, range } = props;
  const inRange = range !== undefined && number >= range.from && number <= range.to;
  return (
    <LogRow
      number={number}
      line={props.line(number - 1)}
      href={props.rangeHref({ from: number, to: number })}
      inRange={inRange}
      current={props.currentHit === number}
      pattern={props.pattern}
      time={props.time}
      start={props.start}
      tabStop={props.tabStop}
      onPick={props.onPick}
      onMove={props.onMove}
    >
      {inRange && number === range.from && (
        <RangeTip range={range} href={props.rangeHref(range)} onClear={props.onClearRange} />
      )}
    </LogRow>
  );
}
