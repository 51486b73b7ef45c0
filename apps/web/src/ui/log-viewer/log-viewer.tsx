import { type CSSProperties, useCallback, useId, useMemo, useRef, useState } from "react";

import "#ui/log-viewer/styles.css";
import { formatCount } from "#lib/format.ts";
import type { LineRange } from "#lib/line-range.ts";
import type { LogView } from "#lib/log-feed.ts";
import { wholeLog } from "#lib/log-filter.ts";
import { keepLogPreferences, type LogPreferences, readLogPreferences } from "#lib/log-preferences.ts";
import { queryPattern } from "#lib/log-search.ts";
import { strings } from "#lib/strings.ts";
import { FilterNote } from "#ui/log-viewer/filter-note.tsx";
import { type ChannelHandle, LogChannel, type LogMark } from "#ui/log-viewer/log-channel.tsx";
import type { LogAttempt } from "#ui/log-viewer/log-divider.tsx";
import { LogLines } from "#ui/log-viewer/log-lines.tsx";
import { LogNews } from "#ui/log-viewer/log-news.tsx";
import { FollowPill, LogNotes } from "#ui/log-viewer/log-notes.tsx";
import { LogToolbar } from "#ui/log-viewer/log-toolbar.tsx";
import type { LogViewerProps } from "#ui/log-viewer/props.ts";
import { useLogActs } from "#ui/log-viewer/use-log-acts.ts";
import { useLogKeys } from "#ui/log-viewer/use-log-keys.ts";
import { useLogReader } from "#ui/log-viewer/use-log-reader.ts";
import type { Share } from "#ui/log-viewer/use-log-scroll.ts";
import { useRoom } from "#ui/log-viewer/use-room.ts";
import { useRowGroups } from "#ui/log-viewer/use-row-groups.ts";
import { useStable } from "#ui/use-stable.ts";

const noAttempts: readonly LogAttempt[] = [];
const noMarks: readonly LogMark[] = [];
const times = ["local", "utc", "relative", "off"] as const;

/**
 * A log of any length: it holds a window of lines, follows the end until the reader scrolls up, and leaves searching,
 * counting and downloading to its owner.
 *
 * Keys: j and k next and previous line, g and G first and last line, End resumes following, / search, n and N next and
 * previous hit, e and E next and previous error, m only matching lines, z folds or unfolds all groups, w wraps, t changes
 * the times, Escape drops marks.
 */
export function LogViewer(props: LogViewerProps) {
  const { attempts = noAttempts, range, search, filter = wholeLog, onFilter } = props;
  const id = useId();
  const find = useRef<HTMLInputElement>(null);
  const channel = useRef<ChannelHandle>(null);
  const room = useRef<HTMLDivElement>(null);
  useRoom(room);
  const [preferences, setPreferences] = usePreferences();
  const onShare = useCallback(({ from, to }: Share) => channel.current?.show(from, to), []);
  const reader = useLogReader(props, { wrap: preferences.wrap, attempts, onShare });
  const acts = useLogActs(props, reader);
  const { view, scroll } = reader;
  const groups = useRowGroups(props);
  const onFold = useStable((line: number, folded: boolean) => props.onFold?.(line, folded));
  const isFiltered = filter.stream !== undefined || filter.only.length > 0;
  const total = props.total ?? view.latest;
  const allFolded = props.groups?.length ? props.groups.every(({ line }) => props.folded?.has(line)) : undefined;
  const { from, to, shift } = scroll.window;
  const onKeyDown = useLogKeys({
    toStart: () => reader.show(1, "start"),
    toEnd: scroll.toEnd,
    find: () => find.current?.focus(),
    step: acts.step,
    move: acts.move,
    error: (direction) => void acts.stepLevel("error", direction),
    matching: () => {
      const { only } = filter;
      const rest = only.filter((part) => part !== "hits");
      onFilter?.({ ...filter, only: only.length > rest.length ? rest : [...only, "hits"] });
    },
    foldAll: () => allFolded !== undefined && props.onFoldAll?.(!allFolded),
    wrap: () => setPreferences({ ...preferences, wrap: !preferences.wrap }),
    time: () => setPreferences({ ...preferences, time: times[(times.indexOf(preferences.time) + 1) % 4] ?? "local" }),
    clear: () => range && props.onRangeChange?.(undefined),
  });
  const marks = useMemo(() => allMarks(props.marks ?? noMarks, attempts, range), [props.marks, attempts, range]);
  const placed = usePlaced(marks, view);
  const pattern = useMemo(() => search && queryPattern(search.query), [search]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys pressed in the log or its tools come up to here
    <div className="logview" style={numberWidth(total, preferences)} onKeyDown={onKeyDown}>
      <LogToolbar
        levels={props.levels ?? []}
        onLevelStep={(level, direction) => void acts.stepLevel(level, direction)}
        search={search}
        onSearch={props.onSearch}
        onSearchStep={acts.step}
        findRef={find}
        preferences={preferences}
        onPreferences={setPreferences}
        range={range}
        filter={filter}
        onFilter={onFilter}
        shown={view.latest}
        allFolded={allFolded}
        onFoldAll={(folded) => props.onFoldAll?.(folded)}
        onDownload={props.onDownload && acts.download}
        tools={props.tools}
      />
      {isFiltered && onFilter && (
        <FilterNote
          filter={filter}
          onFilter={onFilter}
          shown={view.latest}
          total={total}
          text={search?.query.text ?? ""}
          problem={props.filterProblem}
        />
      )}
      <div ref={room} className="logroom">
        <div className="logwrap">
          <div
            ref={scroll.box}
            id={id}
            className={`log ${preferences.wrap ? "" : "log--nowrap"}`}
            role="log"
            // thousands of lines may come: nothing is read out unasked
            aria-live="off"
            aria-label={strings.log.label(props.name)}
            aria-description={strings.log.keys}
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
            tabIndex={0}
            onScroll={scroll.onScroll}
            onPointerDown={reader.onPress}
          >
            <div ref={scroll.spacer} className="log-spacer" />
            <div ref={scroll.layer} className="log-layer" data-from={from}>
              <LogLines
                from={from}
                to={Math.min(to, view.count)}
                shift={shift}
                view={view}
                rules={reader.rules}
                groups={groups}
                filtered={isFiltered}
                onFold={onFold}
                range={range}
                rangeHref={acts.rangeHref}
                onClearRange={props.onRangeChange && (() => props.onRangeChange?.(undefined))}
                currentHit={search?.line}
                pattern={pattern}
                time={preferences.time}
                start={props.start ?? 0}
                onPick={acts.pick}
                onMove={acts.moveFocus}
              />
            </div>
          </div>
          <LogChannel ref={channel} count={view.latest} marks={placed} controls={id} onMove={scroll.moveToShare} />
          <LogNotes view={view} filtered={isFiltered} onRetry={reader.retry} />
          {!reader.follow && <FollowPill waiting={reader.waiting} ended={view.ended} onClick={scroll.toEnd} />}
        </div>
      </div>
      <LogNews lines={total} ended={view.ended} />
    </div>
  );
}

/** Marks at the places of their lines among those that are shown. */
function usePlaced(marks: readonly LogMark[], view: LogView): readonly LogMark[] {
  const newest = useRef(view);
  newest.current = view;
  const { epoch, latest } = view;
  // A log that is shown whole has each line at its number's place; then its growth changes nothing.
  const isWhole = view.number(Math.max(0, latest - 1)) === latest;
  const rows = isWhole ? 0 : latest;
  return useMemo(() => {
    if (isWhole || epoch === 0) return marks;
    const { position } = newest.current;
    return marks.flatMap((mark) => (position(mark.line) < rows ? [{ ...mark, line: position(mark.line) + 1 }] : []));
  }, [marks, isWhole, epoch, rows]);
}

function usePreferences() {
  const [preferences, set] = useState(readLogPreferences);
  const change = (next: LogPreferences) => {
    keepLogPreferences(next);
    set(next);
  };
  return [preferences, change] as const;
}

function allMarks(
  marks: readonly LogMark[],
  attempts: readonly LogAttempt[],
  range: LineRange | undefined,
): readonly LogMark[] {
  const rules = attempts.map(({ line }) => ({ line, kind: "attempt" as const }));
  return [...marks, ...rules, ...(range ? [{ line: range.from, kind: "range" as const }] : [])];
}

/** Room for the greatest number there is; the times' column goes when they are off. */
function numberWidth(count: number, { time }: LogPreferences): CSSProperties {
  const digits = formatCount(count).length;
  return {
    "--log-number": `${Math.max(76, Math.ceil(digits * 7.3) + 30)}px`,
    "--log-number-narrow": `${Math.max(52, Math.ceil(digits * 6.7) + 14)}px`,
    "--log-time": time === "off" ? "0px" : undefined,
  } as CSSProperties;
}
