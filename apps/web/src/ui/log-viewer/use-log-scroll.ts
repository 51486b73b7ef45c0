import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";

import type { LineLayout } from "#lib/line-layout.ts";
import { LogScroller } from "#lib/log-scroller.ts";
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
  /** Positions of the lines to draw. */
  readonly window: { readonly from: number; readonly to: number };
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
  const [window, setWindow] = useState({ from: 0, to: 0 });
  const [, redraw] = useState(0);
  // reading it makes the browser lay out the page: it is read when it changes
  const height = useRef(0);
  const rest = useRef<ReturnType<typeof setTimeout>>(undefined);
  /** The line gone to last, until the reader moves on. */
  const target = useRef<{ readonly line: number; readonly place: "start" | "center" | "reveal" }>(undefined);

  /** Puts the drawn lines where the scroller says, without waiting for a new drawing. */
  const place = useCallback(() => {
    if (!box.current || !spacer.current || !layer.current) return;
    spacer.current.style.height = `${scroller.height}px`;
    const drawn = Number(layer.current.dataset.from);
    layer.current.style.top = `${box.current.scrollTop + scroller.offsetOf(drawn)}px`;
    onShare(scroller.share);
    const wanted = withSelection(scroller.window(spare), layer.current);
    setWindow((old) => (old.from === wanted.from && old.to === wanted.to ? old : wanted));
  }, [scroller, onShare]);

  /** Puts the scroll bar where it belongs. */
  const settle = useCallback(() => {
    clearTimeout(rest.current);
    rest.current = undefined;
    if (!box.current || !spacer.current) return;
    spacer.current.style.height = `${scroller.height}px`;
    if (Math.abs(box.current.scrollTop - scroller.barPosition) >= 1) box.current.scrollTop = scroller.barPosition;
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
    height.current ||= box.current?.clientHeight ?? 0;
    scroller.layOut(layout, height.current, wrap);
    const news = wrap && layer.current && measureRows(scroller, layer.current);
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

/** Reads how high wrapped lines have become; rules before them belong to them. Answers whether any height is news. */
function measureRows(scroller: LogScroller, layer: HTMLElement): boolean {
  let news = false;
  for (const row of layer.children) {
    if (row instanceof HTMLElement && scroller.measure(Number(row.dataset.position), row.offsetHeight)) news = true;
  }
  return news;
}

/** Lines with selected text stay drawn, so that a selection can be longer than the view. */
function withSelection(window: { readonly from: number; readonly to: number }, layer: HTMLElement) {
  const selected = selectedLines(layer);
  if (selected === undefined || selected.to - selected.from > 3000) return window;
  const [from, to] = [Math.min(window.from, selected.from), Math.max(window.to, selected.to)];
  return to - from > 3000 ? window : { from, to };
}
