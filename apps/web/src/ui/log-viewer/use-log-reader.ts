import { useEffect, useMemo, useRef, useState } from "react";

import { layLines } from "#lib/line-layout.ts";
import type { LogAttempt } from "#ui/log-viewer/log-divider.tsx";
import type { LogViewerProps } from "#ui/log-viewer/props.ts";
import { useLogFeed } from "#ui/log-viewer/use-log-feed.ts";
import { type Share, useLogScroll } from "#ui/log-viewer/use-log-scroll.ts";
import { useSelecting } from "#ui/log-viewer/use-selecting.ts";

interface Reading {
  readonly wrap: boolean;
  readonly attempts: readonly LogAttempt[];
  /** After each move: which share of the whole is in view. */
  readonly onShare: (share: Share) => void;
}

/** Where the reader is in the log: at its end and following, or at a place of their own. */
export function useLogReader({ source, range, search }: LogViewerProps, { wrap, attempts, onShare }: Reading) {
  const { feed, view } = useLogFeed(source);
  const [follow, setFollow] = useState(range === undefined);
  const layout = useMemo(() => layLines(view.count, dividerLines(attempts)), [view.count, attempts]);
  const scroll = useLogScroll({ layout, wrap, follow, onFollow: setFollow, onShare });
  const { from, to } = scroll.window;
  useEffect(() => feed.want(from, to, follow), [feed, from, to, follow]);

  const show = (number: number, place: "start" | "reveal" = "reveal") => {
    setFollow(false);
    scroll.moveTo(number - 1, place);
    // on narrow screens the page itself scrolls to the log
    scroll.box.current?.scrollIntoView({ block: "nearest" });
  };
  useTarget(range?.from, view.count, view.ended, show);
  useTarget(search?.line, view.count, view.ended, show);
  const onPress = useSelecting(scroll.layer, { follow, onPause: () => setFollow(false), onResume: scroll.toEnd });
  const waiting = useNewLines(view.latest, follow);
  return { view, scroll, follow, waiting, show, onPress, retry: () => feed.retry() };
}

/** Brings a line into view when it is named anew, as soon as the log has it. */
function useTarget(line: number | undefined, count: number, ended: boolean, show: (line: number) => void) {
  const shown = useRef<number>(undefined);
  const there = line !== undefined && count > 0 && (line <= count || ended);
  useEffect(() => {
    if (line === undefined) shown.current = undefined;
    if (!there || shown.current === line) return;
    shown.current = line;
    show(line);
  });
}

/** Lines that came since the reader left the end. */
function useNewLines(latest: number, follow: boolean): number {
  const [left, setLeft] = useState(latest);
  if (follow && left !== latest) setLeft(latest);
  return Math.max(0, latest - left);
}

function dividerLines(attempts: readonly LogAttempt[]): readonly number[] {
  return attempts.map(({ line }) => line - 1).sort((one, other) => one - other);
}
