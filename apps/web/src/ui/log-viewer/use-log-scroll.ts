import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";

import type { LineLayout } from "#lib/line-layout.ts";
import { LogScroller } from "#lib/log-scroller.ts";
import { type DrawnLines, drawnNext } from "#ui/log-viewer/drawn-lines.ts";
import { selectedLines } from "#ui/log-viewer/selected-lines.ts";

/** Lines drawn on each side of those in view. */
const spare = 24;
/** The scroll bar counts as resting after so many ms without a move. */
const restMs = 140;

/** What of the whole is in view, from 0 to 1. */
export interface Share {
  readonly from: number;
  readonly to: number;
}

interface LogScrollOptions {
  readonly layout: LineLayout;
  readonly wrap: boolean;
  readonly follow: boolean;
  /** The reader moved away from the end, or back to it. */
  readonly onFollow: (follow: boolean) => void;
  /** After each move: which share of the whole is in view. */
  readonly onShare: (share: Share) => void;
  /** The reader scrolled. */
  readonly onMoved: () => void;
  /** Another number whenever positions have come to mean other lines. */
  readonly epoch: number;
}

export interface LogScroll {
  readonly box: RefObject<HTMLDivElement | null>;
  readonly spacer: RefObject<HTMLDivElement | null>;
  readonly layer: RefObject<HTMLDivElement | null>;
  /** The lines to draw. */
  readonly window: DrawnLines;
  readonly onScroll: () => void;
  readonly moveTo: (line: number, place: "start" | "center" | "reveal") => void;
  readonly moveToShare: (share: number) => void;
  readonly toEnd: () => void;
  /** Position of the first line in view. */
  readonly topLine: () => number;
  /** Position of the last line in view. */
  readonly bottomLine: () => number;
}

/** Ties a {@link LogScroller} to the elements: scroll events in, the place of the drawn lines out. */
export function useLogScroll({ layout, wrap, follow, epoch, ...told }: LogScrollOptions): LogScroll {
  const { onFollow, onShare, onMoved } = told;
  const box = useRef<HTMLDivElement>(null);
  const spacer = useRef<HTMLDivElement>(null);
  const layer = useRef<HTMLDivElement>(null);
  const [scroller] = useState(() => new LogScroller(layout));
  const [window, setWindow] = useState<DrawnLines>({ from: 0, to: 0, shift: 0 });
  const [, redraw] = useState(0);
  // reading it makes the browser lay out the page: it is read when it changes
  const height = useRef(0);
  const following = useRef(follow);
  // What is new at the end is drawn at once: to draw first and look then which lines are in view draws all of them twice.
  const ahead = follow ? drawnNext(window, scroller.endWindow(layout.count, spare)) : window;
  if (ahead !== window) setWindow(ahead);
  const rest = useRef<ReturnType<typeof setTimeout>>(undefined);
  /** The line gone to last, until the reader moves on. */
  const target = useRef<{ readonly line: number; readonly place: "start" | "center" | "reveal" }>(undefined);

  /** Puts the drawn lines where the scroller says, with the scroll bar at a position, without laying out the page. */
  const put = useCallback(
    (position: number) => {
      if (!spacer.current || !layer.current) return;
      spacer.current.style.height = `${scroller.height}px`;
      layer.current.style.top = `${position + scroller.offsetOf(Number(layer.current.dataset.from))}px`;
      onShare(scroller.share);
    },
    [scroller, onShare],
  );

  /** Puts the drawn lines where the scroller says, without waiting for a new drawing. */
  const place = useCallback(() => {
    if (!box.current || !layer.current) return;
    put(box.current.scrollTop);
    const wanted =
      following.current && scroller.atEnd
        ? scroller.endWindow(scroller.count, spare)
        : withSelection(scroller.window(spare), layer.current);
    setWindow((old) => drawnNext(old, wanted));
  }, [scroller, put]);

  /** Puts the scroll bar where it belongs. */
  const settle = useCallback(() => {
    clearTimeout(rest.current);
    rest.current = undefined;
    if (!box.current || !spacer.current) return;
    spacer.current.style.height = `${scroller.height}px`;
    const { barPosition } = scroller;
    if (Math.abs(box.current.scrollTop - barPosition) >= 1) box.current.scrollTop = barPosition;
    scroller.barPut(box.current.scrollTop);
    place();
  }, [scroller, place]);

  const onScroll = useCallback(() => {
    const element = box.current;
    if (!element || !scroller.barMoved(element.scrollTop)) return;
    target.current = undefined;
    onMoved();
    onFollow(scroller.atEnd);
    place();
    clearTimeout(rest.current);
    // at its ends a bar that has drifted would stop the reader short
    const atEdge = element.scrollTop <= 0 || element.scrollTop >= element.scrollHeight - element.clientHeight - 1;
    if (atEdge) settle();
    else rest.current = setTimeout(settle, restMs);
  }, [scroller, onFollow, onMoved, place, settle]);

  const measured = useRef(epoch);
  useLayoutEffect(() => {
    if (measured.current !== epoch) scroller.forgetHeights();
    measured.current = epoch;
    following.current = follow;
    height.current ||= box.current?.clientHeight ?? 0;
    scroller.layOut(layout, height.current, wrap);
    if (follow) {
      // Before anything is read, as it will be if no line turns out to be higher: then the page is laid out once.
      scroller.toEnd();
      put(scroller.barPosition);
    }
    const news = wrap && layer.current && measureRows(scroller, layer.current, follow);
    if (follow) scroller.toEnd();
    else if (news && target.current) scroller.moveTo(target.current.line, target.current.place);
    if (follow || rest.current === undefined) settle();
    else place();
  });

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      height.current = element.clientHeight;
      scroller.forgetHeights();
      redraw((count) => count + 1);
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      clearTimeout(rest.current);
    };
  }, [scroller]);

  const moved = (move: () => void) => {
    target.current = undefined;
    move();
    onFollow(scroller.atEnd);
    settle();
  };
  return {
    box,
    spacer,
    layer,
    window,
    onScroll,
    moveTo: (line, to) =>
      moved(() => {
        target.current = { line, place: scroller.moveTo(line, to) };
      }),
    moveToShare: (share) => moved(() => scroller.moveToShare(share)),
    toEnd: () => moved(() => scroller.toEnd()),
    topLine: () => scroller.viewpoint.line,
    bottomLine: () => scroller.bottomLine,
  };
}

/**
 * Reads how high wrapped lines have become; rules before them belong to them. Answers whether any height is news.
 *
 * @param grew - lines that are known are as high as they were, and others at least as high as they are thought to be
 */
function measureRows(scroller: LogScroller, layer: HTMLElement, grew: boolean): boolean {
  if (grew && layer.offsetHeight === heightOf(scroller, Number(layer.dataset.from), layer.childElementCount))
    return false;
  let news = false;
  for (const row of layer.children) {
    if (row instanceof HTMLElement && scroller.measure(Number(row.dataset.position), row.offsetHeight)) news = true;
  }
  return news;
}

function heightOf(scroller: LogScroller, from: number, count: number): number {
  let height = 0;
  for (let line = from; line < from + count; line += 1) height += scroller.rowHeight(line);
  return height;
}

/** Lines with selected text stay drawn, so that a selection can be longer than the view. */
function withSelection(window: { readonly from: number; readonly to: number }, layer: HTMLElement) {
  const selected = selectedLines(layer);
  if (selected === undefined || selected.to - selected.from > 3000) return window;
  const [from, to] = [Math.min(window.from, selected.from), Math.max(window.to, selected.to)];
  return to - from > 3000 ? window : { from, to };
}
