import { formatLineRange, type LineRange, lineRange } from "#lib/line-range.ts";
import type { LogLevel } from "#lib/log-source.ts";
import type { DownloadPart } from "#ui/log-viewer/log-toolbar.tsx";
import type { LogViewerProps } from "#ui/log-viewer/props.ts";
import type { useLogReader } from "#ui/log-viewer/use-log-reader.ts";
import { useStable } from "#ui/use-stable.ts";

/** What the reader can do in a log, told to its owner. */
export function useLogActs(props: LogViewerProps, { view, scroll, show }: ReturnType<typeof useLogReader>) {
  const { range, search } = props;
  const first = () => scroll.topLine() + 1;
  const pick = useStable((number: number, extend: boolean) =>
    props.onRangeChange?.(extend && range ? lineRange(range.from, number) : lineRange(number, number)),
  );
  const moveFocus = useStable((number: number) => {
    show(Math.max(1, Math.min(number, view.count)));
    focusNumber(scroll.layer.current, number);
  });
  const rangeHref = useStable(props.rangeHref ?? ((lines: LineRange) => `#${formatLineRange(lines)}`));
  const step = (direction: 1 | -1) => {
    props.onSearchStep?.(direction);
    // a single hit stays the current one: bring it back into view
    if (search?.line !== undefined && search.total === 1) show(search.line);
  };
  const stepLevel = async (level: LogLevel, direction: 1 | -1) => {
    const line = await props.findLevel?.(level, direction, range?.from ?? first()).catch(() => undefined);
    if (line === undefined) return;
    pick(line, false);
    show(line);
  };
  const download = (part: DownloadPart) => {
    const whole = lineRange(1, Math.max(1, view.latest));
    const shown = lineRange(first(), scroll.bottomLine() + 1);
    props.onDownload?.(part, part === "all" || part === "archive" ? whole : part === "range" && range ? range : shown);
  };
  return { pick, moveFocus, rangeHref, step, stepLevel, download };
}

/** The number's link takes the focus once its line is drawn. */
function focusNumber(layer: HTMLElement | null, number: number): void {
  requestAnimationFrame(() =>
    layer?.querySelector<HTMLElement>(`[data-line="${number}"] > .l-no`)?.focus({ preventScroll: true }),
  );
}
