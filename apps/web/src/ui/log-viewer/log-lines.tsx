import type { LineRange } from "#lib/line-range.ts";
import type { LogView } from "#lib/log-feed.ts";
import type { LogTime } from "#lib/log-time.ts";
import type { RowGroup } from "#ui/log-viewer/group-head.tsx";
import { type LogAttempt, LogDivider } from "#ui/log-viewer/log-divider.tsx";
import { LogRow } from "#ui/log-viewer/log-row.tsx";
import { RangeTip } from "#ui/log-viewer/range-tip.tsx";

interface LogLinesProps {
  /** Positions of the lines to draw, from 0. */
  readonly from: number;
  readonly to: number;
  /** What is taken from the number of a line to name its row. */
  readonly shift: number;
  readonly view: LogView;
  /** Attempts by the position of their first line. */
  readonly rules: ReadonlyMap<number, LogAttempt>;
  /** Groups by the number of their first and last lines. */
  readonly groups: ReadonlyMap<number, RowGroup>;
  /** Only some lines are shown, and where others are left out stands a rule. */
  readonly filtered: boolean;
  readonly onFold: (line: number, folded: boolean) => void;
  readonly range: LineRange | undefined;
  readonly rangeHref: (range: LineRange) => string;
  readonly onClearRange: (() => void) | undefined;
  readonly currentHit: number | undefined;
  readonly pattern: RegExp | undefined;
  readonly time: LogTime;
  readonly start: number;
  readonly onPick: (number: number, extend: boolean) => void;
  readonly onMove: (number: number, direction: 1 | -1) => void;
}

/** The drawn lines, each with the rule before it where an attempt begins. */
export function LogLines(props: LogLinesProps) {
  const { from, to, range, view, rules } = props;
  const positions = Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);
  const first = view.number(from);
  const tabStop = range !== undefined && range.from > first && range.from <= view.number(to - 1) ? range.from : first;
  return positions.map((position) => {
    const number = view.number(position);
    const attempt = rules.get(position);
    const skipped = props.filtered && position > 0 && view.number(position - 1) !== number - 1;
    return (
      <div key={number - props.shift} data-position={position}>
        {attempt && <LogDivider attempt={attempt} />}
        <Row {...props} position={position} number={number} skipped={skipped} tabStop={number === tabStop} />
      </div>
    );
  });
}

interface RowProps extends LogLinesProps {
  readonly position: number;
  readonly number: number;
  readonly skipped: boolean;
  readonly tabStop: boolean;
}

function Row(props: RowProps) {
  const { position, number, range } = props;
  const inRange = range !== undefined && number >= range.from && number <= range.to;
  return (
    <LogRow
      number={number}
      line={props.view.line(position)}
      group={props.groups.get(number)}
      onFold={props.onFold}
      skipped={props.skipped}
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
