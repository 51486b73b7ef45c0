import { useRouter } from "@tanstack/react-router";
import type { GetOverviewResponse } from "@tributary/proto/tributary/v1/overview_pb";
import { type KeyboardEvent, type PointerEvent, useId, useMemo, useRef, useState } from "react";

import { formatClock, formatDuration, formatShortDateTime } from "#lib/format.ts";
import { timeAxis } from "#lib/time-axis.ts";
import { links } from "#pages/links.ts";
import type { DurationAxis } from "#pages/overview/duration-axis.ts";
import { idOfPoint, ScatterPoints } from "#pages/overview/scatter-points.tsx";
import { type Point, type ScatterShape, scatterShape } from "#pages/overview/scatter-shape.ts";
import { isSame, stepTo } from "#pages/overview/scatter-steps.ts";
import {
  boxOf,
  pointsIn,
  type Stretch,
  searchFor,
  stretchAround,
  stretchIn,
  stretchText,
} from "#pages/overview/scatter-stretch.ts";
import { useBrush } from "#pages/overview/use-brush.ts";
import { roundDuration } from "#pages/parts/age.tsx";
import { overviewStrings } from "#pages/strings/overview-strings.ts";
import { Button, ButtonLink } from "#ui/button.tsx";
import { StateGlyph } from "#ui/state-glyph.tsx";

const words = overviewStrings.scatter;

interface Picture {
  readonly overview: GetOverviewResponse;
  readonly now: number;
}

interface DurationScatterProps extends Picture {
  readonly hours: number;
}

/** A pointer this far from a point still means it, in pixels. */
const reach = 14;

/**
 * Each task that ran and ended, by when and how long it took; what runs now is at the right edge. Those in a part of it
 * can be selected, and opened as a list. While some are, the picture stands still, so that they stay where they are.
 */
export function DurationScatter({ overview, now, hours }: DurationScatterProps) {
  const [held, setHeld] = useState<Picture & { readonly stretch: Stretch }>();
  const plot = useRef<HTMLDivElement>(null);
  const picture = held ?? { overview, now };
  const shape = useMemo(
    () => scatterShape(picture.overview, hours, picture.now),
    [picture.overview, hours, picture.now],
  );
  const select = (stretch: Stretch) => setHeld({ overview: picture.overview, now: picture.now, stretch });
  const clear = () => {
    setHeld(undefined);
    plot.current?.focus({ preventScroll: true });
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape means the selection wherever the focus is within
    <div
      onKeyDown={(event) => {
        if (event.key !== "Escape" || held === undefined) return;
        event.preventDefault();
        clear();
      }}
    >
      <Plot ref={plot} shape={shape} stretch={held?.stretch} onSelect={select} onClear={() => setHeld(undefined)} />
      <Foot stretch={held?.stretch} ended={shape.ended} onClear={clear} />
    </div>
  );
}

interface PlotProps {
  readonly ref: React.Ref<HTMLDivElement>;
  readonly shape: ScatterShape;
  readonly stretch: Stretch | undefined;
  readonly onSelect: (stretch: Stretch) => void;
  readonly onClear: () => void;
}

function Plot({ ref, shape, stretch, onSelect, onClear }: PlotProps) {
  const router = useRouter();
  const own = useId();
  const [near, setNear] = useState<Point>();
  const [anchor, setAnchor] = useState<Point>();
  const points = useMemo(() => [...shape.ended, ...shape.running], [shape]);
  const pointed = near && points.find((point) => isSame(point, near));
  const open = ({ id }: Point) => router.history.push(links.task(id));
  const brush = useBrush({
    onDraw: (box, size) => {
      setNear(undefined);
      onSelect(stretchIn(box, shape, size));
    },
    onTap: (event) => {
      const point = nearest(points, event);
      if (point) open(point);
      else onClear();
    },
    onHover: (event) => setNear(nearest(points, event)),
    onCancel: onClear,
  });
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && pointed) open(pointed);
    const next = event.ctrlKey || event.metaKey || event.altKey ? undefined : stepTo(event.key, pointed, points);
    if (next === undefined) return;
    event.preventDefault();
    setNear(next);
    const begin = event.shiftKey ? (anchor ?? pointed ?? next) : undefined;
    setAnchor(begin);
    if (begin) onSelect(stretchAround([begin, next]));
  };
  const axes = (
    <>
      <Grid durations={shape.durations} />
      <Times shape={shape} />
    </>
  );
  if (points.length === 0) {
    return (
      <div className="scatter" role="img" aria-label={words.none}>
        {axes}
      </div>
    );
  }
  return (
    <div
      ref={ref}
      className={`scatter ${pointed ? "can-open" : ""}`}
      role="listbox"
      tabIndex={0}
      aria-label={summary(shape.ended)}
      aria-description={words.keys}
      aria-multiselectable="true"
      aria-activedescendant={pointed && idOfPoint(own, pointed)}
      {...brush}
      onPointerLeave={() => setNear(undefined)}
      onBlur={() => setNear(undefined)}
      onKeyDown={onKeyDown}
    >
      {axes}
      <ScatterPoints of={own} shape={shape} stretch={stretch} />
      {stretch && <Selection stretch={stretch} shape={shape} />}
      {pointed && <Tip point={pointed} />}
    </div>
  );
}

function Grid({ durations: { ticks, place } }: { readonly durations: DurationAxis }) {
  return ticks.map((tick) => (
    <div key={tick} className="scatter-line" style={{ top: `${place(tick)}%` }} aria-hidden="true">
      <span>{roundDuration(tick)}</span>
    </div>
  ));
}

function Times({ shape: { from, to } }: { readonly shape: ScatterShape }) {
  const time = timeAxis(from, to, 6, -new Date(to).getTimezoneOffset());
  return (
    <div className="scatter-times" aria-hidden="true">
      {time.ticks.map((tick) => (
        <span key={tick} style={{ left: `${time.place(tick)}%` }}>
          {to - from > 48 * 3_600_000 ? formatShortDateTime(tick).split(",")[0] : formatClock(tick)}
        </span>
      ))}
    </div>
  );
}

function Selection({ stretch, shape }: { readonly stretch: Stretch; readonly shape: ScatterShape }) {
  const { left, right, top, bottom } = boxOf(stretch, shape);
  const sides = { left: `${left}%`, right: `${100 - right}%`, top: `${top}%`, bottom: `${100 - bottom}%` };
  return <div className="scatter-selection" style={sides} aria-hidden="true" />;
}

function Tip({ point }: { readonly point: Point }) {
  const side = point.x > 70 ? { right: `${100 - point.x}%` } : { left: `${point.x}%` };
  return (
    <div className="scatter-tip" style={{ ...side, top: `${point.y}%` }} aria-hidden="true">
      <span className="row">
        <StateGlyph state={point.state} />
        <b className="strong cut">{point.title}</b>
      </span>
      <span className="dim">
        {formatDuration(point.ms)} · {point.state === "running" ? words.now : formatShortDateTime(point.at)}
      </span>
    </div>
  );
}

interface FootProps {
  readonly stretch: Stretch | undefined;
  readonly ended: readonly Point[];
  readonly onClear: () => void;
}

/** What is selected, in words, and the way to its list; it has its room from the first, so that nothing jumps. */
function Foot({ stretch, ended, onClear }: FootProps) {
  const count = stretch ? pointsIn(stretch, ended).length : 0;
  return (
    <div className="scatter-foot">
      <span role="status" className="medium">
        {stretch && stretchText(stretch, count)}
      </span>
      {stretch === undefined && ended.length > 0 && <span className="dim small">{words.drag}</span>}
      {stretch && count > 0 && (
        <ButtonLink size="small" href={links.tasks(searchFor(stretch))}>
          {words.open}
        </ButtonLink>
      )}
      {stretch && (
        <>
          <Button size="small" variant="quiet" onClick={onClear}>
            {words.clear}
          </Button>
          <span className="dim small">{words.held}</span>
        </>
      )}
    </div>
  );
}

function nearest(points: readonly Point[], event: PointerEvent<HTMLElement>): Point | undefined {
  const box = event.currentTarget.getBoundingClientRect();
  let best: { readonly point: Point; readonly far: number } | undefined;
  for (const point of points) {
    const far = Math.hypot(
      (point.x / 100) * box.width - (event.clientX - box.left),
      (point.y / 100) * box.height - (event.clientY - box.top),
    );
    if (far < (best?.far ?? reach)) best = { point, far };
  }
  return best?.point;
}

function summary(ended: readonly Point[]): string {
  const failed = ended.filter(({ state }) => state === "failed").length;
  const times = ended.map(({ ms }) => ms).sort((a, b) => a - b);
  const middle = times[Math.floor(times.length / 2)];
  return middle === undefined
    ? words.none
    : words.summary(ended.length, failed, roundDuration(middle), roundDuration(times.at(-1) ?? 0));
}
