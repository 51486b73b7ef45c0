import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";

import { layLines } from "#lib/line-layout.ts";
import type { LogView } from "#lib/log-feed.ts";
import type { LogAttempt } from "#ui/log-viewer/log-divider.tsx";
import type { LogViewerProps } from "#ui/log-viewer/props.ts";
import { useLogFeed } from "#ui/log-viewer/use-log-feed.ts";
import { type LogScroll, type Share, useLogScroll } from "#ui/log-viewer/use-log-scroll.ts";
import { useSelecting } from "#ui/log-viewer/use-selecting.ts";

interface Reading {
  readonly wrap: boolean;
  readonly attempts: readonly LogAttempt[];
  /** After each move: which share of the whole is in view. */
  readonly onShare: (share: Share) => void;
}

/** Where the reader is in the log: at its end and following, or at a place of their own. */
export function useLogReader(props: LogViewerProps, { wrap, attempts, onShare }: Reading) {
  const { source, range, search, onReveal } = props;
  const { feed, view } = useLogFeed(source);
  const [follow, setFollow] = useState(range === undefined);
  const rules = useRules(attempts, view);
  const layout = useMemo(
    () =>
      layLines(
        view.count,
        [...rules.keys()].sort((a, b) => a - b),
      ),
    [view.count, rules],
  );
  /** The line gone to last, until the reader moves on. */
  const aim = useRef<number>(undefined);
  const onMoved = useCallback(() => {
    aim.current = undefined;
  }, []);
  const { epoch } = view;
  const scroll = useLogScroll({ layout, wrap, follow, onFollow: setFollow, onShare, onMoved, epoch });
  const { from, to } = scroll.window;
  useEffect(() => feed.want(from, to, follow), [feed, from, to, follow]);
  useAnchor(view, scroll, follow, aim);

  const show = (number: number, place: "start" | "reveal" = "reveal") => {
    onReveal?.(number);
    setFollow(false);
    scroll.moveTo(view.position(number), place);
    aim.current = number;
    // on narrow screens the page itself scrolls to the log
    scroll.box.current?.scrollIntoView({ block: "nearest" });
  };
  useTarget(range?.from, view, show);
  useTarget(search?.line, view, show);
  const onPress = useSelecting(scroll.layer, { follow, onPause: () => setFollow(false), onResume: scroll.toEnd });
  const waiting = useNewLines(view.latest, view.epoch, follow);
  return { view, scroll, rules, follow, waiting, show, onPress, retry: () => feed.retry() };
}

/** Brings a line into view when it is named anew, as soon as the log has it. */
function useTarget(line: number | undefined, view: LogView, show: (line: number) => void) {
  const shown = useRef<number>(undefined);
  const there = line !== undefined && view.count > 0 && (view.position(line) < view.count || view.ended);
  useEffect(() => {
    if (line === undefined) shown.current = undefined;
    if (!there || shown.current === line) return;
    shown.current = line;
    show(line);
  });
}

/**
 * Keeps the line at the top where it is when other lines are shown than before: when a group is folded, or a filter
 * chosen, whose lines come one after another.
 */
function useAnchor(
  view: LogView,
  scroll: LogScroll,
  follow: boolean,
  aim: { readonly current: number | undefined },
): void {
  const top = useRef({ epoch: view.epoch, number: 1 });
  useLayoutEffect(() => {
    if (view.count === 0) return;
    const { epoch, number } = top.current;
    if (epoch !== view.epoch && !follow) {
      const wanted = aim.current ?? number;
      const position = view.position(wanted);
      // not yet: what has come does not reach so far
      if (position >= view.count && !view.ended) return;
      if (position !== scroll.topLine()) {
        const kept = aim.current;
        scroll.moveTo(position, kept === undefined ? "start" : "reveal");
      }
    }
    top.current = { epoch: view.epoch, number: view.number(scroll.topLine()) };
  });
  useEffect(() => {
    const { box } = scroll;
    const element = box.current;
    const note = () => {
      if (top.current.epoch === view.epoch) top.current = { ...top.current, number: view.number(scroll.topLine()) };
    };
    element?.addEventListener("scroll", note, { passive: true });
    return () => element?.removeEventListener("scroll", note);
  });
}

/** Lines that came since the reader left the end. */
function useNewLines(latest: number, epoch: number, follow: boolean): number {
  const [left, setLeft] = useState({ latest, epoch });
  if ((follow && left.latest !== latest) || left.epoch !== epoch) setLeft({ latest, epoch });
  return Math.max(0, latest - left.latest);
}

/** The rules before attempts, by the position of the first line that is shown of each. */
function useRules(attempts: readonly LogAttempt[], view: LogView): ReadonlyMap<number, LogAttempt> {
  const places = attempts
    .map(({ line }) => view.position(line))
    .map((position) => (position < view.count ? position : ""))
    .join(" ");
  return useMemo(() => {
    const rules = new Map<number, LogAttempt>();
    for (const [index, place] of places.split(" ").entries()) {
      const attempt = attempts[index];
      if (attempt && place !== "") rules.set(Number(place), attempt);
    }
    return rules;
  }, [attempts, places]);
}
