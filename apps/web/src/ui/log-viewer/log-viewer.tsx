import { type CSSProperties, useCallback, useId, useMemo, useRef, useState } from "react";

import "#ui/log-viewer/styles.css";
import { formatCount } from "#lib/format.ts";
import type { LineRange } from "#lib/line-range.ts";
import { keepLogPreferences, type LogPreferences, readLogPreferences } from "#lib/log-preferences.ts";
import { queryPattern } from "#lib/log-search.ts";
import { strings } from "#lib/strings.ts";
import { type ChannelHandle, LogChannel, type LogMark } from "#ui/log-viewer/log-channel.tsx";
import type { LogAttempt } from "#ui/log-viewer/log-divider.tsx";
import { LogLines } from "#ui/log-viewer/log-lines.tsx";
import { FollowPill, LogNotes } from "#ui/log-viewer/log-notes.tsx";
import { LogToolbar } from "#ui/log-viewer/log-toolbar.tsx";
import type { LogViewerProps } from "#ui/log-viewer/props.ts";
import { useLogActs } from "#ui/log-viewer/use-log-acts.ts";
import { useLogKeys } from "#ui/log-viewer/use-log-keys.ts";
import { useLogReader } from "#ui/log-viewer/use-log-reader.ts";
import type { Share } from "#ui/log-viewer/use-log-scroll.ts";
import { useRoom } from "#ui/log-viewer/use-room.ts";

const noAttempts: readonly LogAttempt[] = [];
const noMarks: readonly LogMark[] = [];

/**
 * A log of any length: it holds a window of lines, follows the end until the reader scrolls up, and leaves searching,
 * counting and downloading to its owner.
 *
 * Keys: g and G first and last line, End resumes following, / search, n and N next and previous hit, Escape drops marks.
 */
export function LogViewer(props: LogViewerProps) {
  const { attempts = noAttempts, range, search } = props;
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
  const { from, to } = scroll.window;
  const onKeyDown = useLogKeys({
    toStart: () => reader.show(1, "start"),
    toEnd: scroll.toEnd,
    find: () => find.current?.focus(),
    step: acts.step,
    clear: () => range && props.onRangeChange?.(undefined),
  });
  const marks = useMemo(() => allMarks(props.marks ?? noMarks, attempts, range), [props.marks, attempts, range]);
  const pattern = useMemo(() => search && queryPattern(search.query), [search]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys pressed in the log or its tools come up to here
    <div className="logview" style={numberWidth(view.latest, preferences)} onKeyDown={onKeyDown}>
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
        onDownload={props.onDownload && acts.download}
        tools={props.tools}
      />
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
                line={view.line}
                attempts={attempts}
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
          <LogChannel ref={channel} count={view.latest} marks={marks} controls={id} onMove={scroll.moveToShare} />
          <LogNotes view={view} onRetry={reader.retry} />
          {!reader.follow && <FollowPill waiting={reader.waiting} ended={view.ended} onClick={scroll.toEnd} />}
        </div>
      </div>
    </div>
  );
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
