import { levelOf } from "@tributary/proto/rules/log-level";
import { type CSSProperties, type KeyboardEvent, type MouseEvent, memo, type ReactNode } from "react";

import { parseAnsi, type Span } from "#lib/ansi.ts";
import { foldCarriageReturns } from "#lib/carriage-return.ts";
import { formatBytes, formatCount, formatDateTime } from "#lib/format.ts";
import { type MarkedSpan, markHits } from "#lib/log-search.ts";
import type { LogLine } from "#lib/log-source.ts";
import { formatLogTime, type LogTime } from "#lib/log-time.ts";
import { strings } from "#lib/strings.ts";
import { GroupFoot, GroupHead, type RowGroup } from "#ui/log-viewer/group-head.tsx";

export interface LogRowProps {
  /** The number readers see. */
  readonly number: number;
  /** Undefined while it is on its way. */
  readonly line: LogLine | undefined;
  /** The group that begins or ends with this line. */
  readonly group: RowGroup | undefined;
  readonly onFold: (line: number, folded: boolean) => void;
  /** The lines before it are not shown. */
  readonly skipped: boolean;
  readonly href: string;
  readonly inRange: boolean;
  /** The hit the search stands on is in this line. */
  readonly current: boolean;
  readonly pattern: RegExp | undefined;
  readonly time: LogTime;
  readonly start: number;
  readonly tabStop: boolean;
  readonly onPick: (number: number, extend: boolean) => void;
  readonly onMove: (number: number, direction: 1 | -1) => void;
  readonly children?: ReactNode;
}

/** Characters of one line that are drawn; more would stall the browser and help nobody. */
const mostShown = 10_000;

/** One line: its number as a link, its time, its text. Colours and levels are read here, for lines in view only. */
export const LogRow = memo(function LogRow(props: LogRowProps) {
  const { number, line, inRange, current, time, start } = props;
  const content = line && readLine(line);
  const flags = [
    content?.level,
    line?.stream,
    line?.left && "left",
    inRange && "range",
    current && "hit",
    props.skipped && "skipped",
    !line && "missing",
  ];
  const className = flags.flatMap((flag) => (flag && flag !== "stdout" ? [`l--${flag}`] : [])).join(" ");
  return (
    <div
      className={`l ${className}`}
      data-line={number}
      style={line ? undefined : ({ "--w": placeholderWidth(number) } as CSSProperties)}
    >
      <LineNumber {...props} />
      {time !== "off" && line?.at !== undefined && (
        <time dateTime={new Date(line.at).toISOString()} title={formatDateTime(line.at)}>
          {formatLogTime(line.at, time, start)}
        </time>
      )}
      <span className="x" title={line?.stream === "stderr" ? strings.log.stderr : undefined}>
        {content && <Content content={content} row={props} />}
        {line?.left && line.text === "" && strings.log.notKept}
        {content && <Pins line={content} />}
        {props.children}
      </span>
    </div>
  );
});

/** The text, or a group's title where its mark stands. */
function Content({ content, row }: { readonly content: ReadLine; readonly row: LogRowProps }) {
  const { group, number, onFold } = row;
  if (!group) return stretches(content.spans, row);
  return group.group.line === number ? <GroupHead {...group} onFold={onFold} /> : <GroupFoot {...group} />;
}

function stretches(spans: readonly Span[], { pattern, current }: LogRowProps): ReactNode {
  return markHits(spans, pattern).map((span, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: stretches keep no state
    <Stretch key={index} span={span} current={current} />
  ));
}

interface ReadLine {
  readonly spans: readonly Span[];
  readonly level: "error" | "warn" | undefined;
  readonly folded: number;
  readonly cut: number;
}

function readLine(line: LogLine): ReadLine {
  const { text, folded } = foldCarriageReturns(line.text);
  const shown = text.length > mostShown ? text.slice(0, mostShown) : text;
  const spans = parseAnsi(shown);
  const level = gravityOf(line, spans);
  return { spans, level, folded: folded + (line.folded ?? 0), cut: text.length - shown.length + (line.cut ?? 0) };
}

/** What the server said; lines that come live are looked at here. */
function gravityOf({ stream, level }: LogLine, spans: readonly Span[]): "error" | "warn" | undefined {
  if (stream === "system") return undefined;
  const known = level ?? levelOf(spans.map((span) => span.text).join(""));
  return known === "info" ? undefined : known;
}

function LineNumber({ number, href, tabStop, onPick, onMove }: LogRowProps) {
  const pick = (event: MouseEvent<HTMLAnchorElement>) => {
    if (event.metaKey || event.ctrlKey || event.altKey) return;
    event.preventDefault();
    onPick(number, event.shiftKey);
  };
  const press = (event: KeyboardEvent<HTMLAnchorElement>) => {
    const to = ({ ArrowUp: -1, ArrowDown: 1 } as const)[event.key];
    if (event.key === "Enter" && event.shiftKey) onPick(number, true);
    else if (to !== undefined) onMove(number, to);
    else return;
    event.preventDefault();
  };
  const shown = formatCount(number);
  return (
    <a
      className="l-no"
      href={href}
      tabIndex={tabStop ? 0 : -1}
      aria-label={strings.log.line(shown)}
      onClick={pick}
      onKeyDown={press}
    >
      {shown}
    </a>
  );
}

function Stretch({ span, current }: { readonly span: MarkedSpan; readonly current: boolean }) {
  const text = span.href === undefined ? span.text : <OutsideLink href={span.href}>{span.text}</OutsideLink>;
  const marked = span.hit ? <mark className={current ? "now" : undefined}>{text}</mark> : text;
  if (span.className === "" && span.color === undefined && span.background === undefined) return marked;
  const own = `${span.color === undefined ? "" : " a-own"}${span.background === undefined ? "" : " a-own-bg"}`;
  const style = { "--own": span.color, "--own-bg": span.background } as CSSProperties;
  return (
    <span className={span.className + own} style={own === "" ? undefined : style}>
      {marked}
    </span>
  );
}

function OutsideLink({ href, children }: { readonly href: string; readonly children: string }) {
  return (
    <a href={href} target="_blank" rel="noreferrer noopener" title={href}>
      {children}
    </a>
  );
}

function Pins({ line }: { readonly line: ReadLine }) {
  return (
    <>
      {line.folded > 0 && <span className="pin">{strings.log.updates(formatCount(line.folded))}</span>}
      {line.cut > 0 && <span className="pin">{strings.log.cut(formatBytes(line.cut))}</span>}
    </>
  );
}

/** Lines on their way have unequal lengths, as text has, but each always the same. */
function placeholderWidth(number: number): string {
  return `${20 + ((number * 37) % 41)}%`;
}
