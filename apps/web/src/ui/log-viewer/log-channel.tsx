import { type KeyboardEvent, memo, type PointerEvent, type Ref, useImperativeHandle, useRef } from "react";

import { formatCount } from "#lib/format.ts";
import { strings } from "#lib/strings.ts";

/** A place worth seeing from afar, by its line's number. */
export interface LogMark {
  readonly line: number;
  readonly kind: "error" | "warn" | "hit" | "range" | "attempt";
}

export interface ChannelHandle {
  /** Moves the frame that shows what is in view, shares of the whole. */
  show(from: number, to: number): void;
}

/** Marks nearer than this share of the whole are drawn as one. */
const grain = 1 / 400;

interface LogChannelProps {
  readonly count: number;
  readonly marks: readonly LogMark[];
  readonly controls: string;
  readonly onMove: (share: number) => void;
  readonly ref?: Ref<ChannelHandle> | undefined;
}

/** The whole log in one stripe at its right edge: errors, warnings, hits, attempts, where the reader is. Drag it to move. */
export const LogChannel = memo(function LogChannel({ count, marks, controls, onMove, ref }: LogChannelProps) {
  const bar = useRef<HTMLDivElement>(null);
  const frame = useRef<HTMLElement>(null);
  useImperativeHandle(ref, () => ({
    show: (from, to) => {
      if (!frame.current || !bar.current) return;
      // the frame has a least height, which must not push it out at the end
      frame.current.style.top = `min(${from * 100}%, 100% - 12px)`;
      frame.current.style.height = `${(to - from) * 100}%`;
      // where all of it is in view there is nothing to tell
      frame.current.style.visibility = to - from >= 1 ? "hidden" : "visible";
      const now = String(Math.round(from * 100));
      if (bar.current.getAttribute("aria-valuenow") !== now) bar.current.setAttribute("aria-valuenow", now);
    },
  }));
  const move = (event: PointerEvent<HTMLDivElement>) => {
    if (event.type === "pointermove" && event.buttons === 0) return;
    const { top, height } = event.currentTarget.getBoundingClientRect();
    event.currentTarget.setPointerCapture(event.pointerId);
    onMove((event.clientY - top) / Math.max(1, height));
  };
  const press = (event: KeyboardEvent<HTMLDivElement>) => {
    const now = Number(event.currentTarget.getAttribute("aria-valuenow")) / 100;
    const to = { ArrowUp: now - 0.02, ArrowDown: now + 0.02, PageUp: now - 0.1, PageDown: now + 0.1, Home: 0, End: 1 }[
      event.key
    ];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    onMove(to);
  };
  return (
    <div
      ref={bar}
      className="channel"
      role="scrollbar"
      aria-label={strings.log.overview(formatCount(count))}
      aria-controls={controls}
      aria-orientation="vertical"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={0}
      tabIndex={0}
      onPointerDown={move}
      onPointerMove={move}
      onKeyDown={press}
    >
      {thin(marks, count).map(({ kind, at }) => (
        <i key={`${kind} ${at}`} className={`m-${kind}`} style={{ top: `${at * 100}%` }} />
      ))}
      <i ref={frame} className="view" />
    </div>
  );
});

function thin(
  marks: readonly LogMark[],
  count: number,
): readonly { readonly kind: LogMark["kind"]; readonly at: number }[] {
  const places = new Map<string, { kind: LogMark["kind"]; at: number }>();
  for (const { line, kind } of marks) {
    const at = Math.round((line - 1) / Math.max(1, count) / grain) * grain;
    if (at <= 1) places.set(`${kind} ${at}`, { kind, at });
  }
  return [...places.values()];
}
