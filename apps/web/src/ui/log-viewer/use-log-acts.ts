import { useRef } from "react";

import { formatLineRange, type LineRange, lineRange } from "#lib/line-range.ts";
import type { LogLevel } from "#lib/log-source.ts";
import type { DownloadPart } from "#ui/log-viewer/log-toolbar.tsx";
import type { LogViewerProps } from "#ui/log-viewer/props.ts";
import type { useLogReader } from "#ui/log-viewer/use-log-reader.ts";
import { useStable } from "#ui/use-stable.ts";

/** What the reader can do in a log, told to its owner. */
export function useLogActs(props: LogViewerProps, { view, scroll, show }: ReturnType<typeof useLogReader>) {
  const { range, search } = props;
  const first = () => view.number(scroll.topLine());
  const pick = useStable((number: number, extend: boolean) =>
    props.onRangeChange?.(extend && range ? lineRange(range.from, number) : lineRange(number, number)),
  );
  /** The line that gets the focus with the next picture: a key that is held down goes on from there. */
  const onTheWay = useRef<number>(undefined);
  const moveFocus = useStable((number: number, direction: 1 | -1) => {
    const position = Math.max(0, Math.min(view.position(number) + direction, view.count - 1));
    const next = view.number(position);
    show(next);
    onTheWay.current = next;
    requestAnimationFrame(() => {
      onTheWay.current = undefined;
      focusNumber(scroll.layer.current, next);
    });
  });
  /** From the line that has the focus, or else the marked one, or the first in view. */
  const move = (direction: 1 | -1) => {
    const line = scroll.layer.current?.querySelector<HTMLElement>("[data-line]:focus-within")?.dataset.line;
    const known = range && view.position(range.from) < view.count ? range.from : first();
    moveFocus(onTheWay.current ?? (line === undefined ? known : Number(line)), direction);
  };
  const rangeHref = useStable(props.rangeHref ?? ((lines: LineRange) => `#${formatLineRange(lines)}`));
  const step = (direction: 1 | -1) => {
    props.onSearchStep?.(direction);
    // a single hit stays the current one: bring it back into view
    if (search?.line !== undefined && search.total === 1) show(search.line);
  };
  /** The line that steps lead to, as long as the marked one is not theirs yet: a quick second step goes on from there. */
  const stepped = useRef<{ readonly range: LineRange | undefined; readonly line: Promise<number | undefined> }>(
    undefined,
  );
  const stepLevel = async (level: LogLevel, direction: 1 | -1) => {
    const last = stepped.current?.range === range ? stepped.current?.line : undefined;
    const find = async (from: number) => props.findLevel?.(level, direction, from).catch(() => undefined);
    const found = (last ?? Promise.resolve(undefined)).then((line) => find(line ?? range?.from ?? first()));
    stepped.current = { range, line: found.then((line) => line ?? last) };
    const line = await found;
    if (line === undefined) return;
    pick(line, false);
    show(line);
  };
  const download = (part: DownloadPart) => {
    const whole = lineRange(1, Math.max(1, props.total ?? view.latest));
    const shown = lineRange(first(), view.number(scroll.bottomLine()));
    const lines = part === "view" ? shown : part === "range" && range ? range : whole;
    props.onDownload?.(part, lines);
  };
  return { pick, moveFocus, move, rangeHref, step, stepLevel, download };
}

/** The number's link takes the focus once its line is drawn. */
function focusNumber(layer: HTMLElement | null, number: number): void {
  layer?.querySelector<HTMLElement>(`[data-line="${number}"] > .l-no`)?.focus({ preventScroll: true });
}
