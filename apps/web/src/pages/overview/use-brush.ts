import { type PointerEvent, useRef } from "react";

import type { Box } from "#pages/overview/scatter-stretch.ts";

/** A pointer that moves less than this means the place where it went down, in pixels. */
const leastDrag = 5;

interface Brush {
  /** A box is being drawn; its sides are in percent of the element, its size in pixels. */
  readonly onDraw: (box: Box, size: { readonly width: number; readonly height: number }) => void;
  /** The pointer went up where it had gone down. */
  readonly onTap: (event: PointerEvent<HTMLElement>) => void;
  /** The pointer moves, and draws nothing. */
  readonly onHover: (event: PointerEvent<HTMLElement>) => void;
  /** What was drawn last does not hold: a finger turned out to scroll the page. */
  readonly onCancel: () => void;
}

interface Place {
  readonly x: number;
  readonly y: number;
}

/** Lets a pointer draw a box over an element: a mouse with its first button, a pen, or a finger that goes sideways first. */
export function useBrush({ onDraw, onTap, onHover, onCancel }: Brush) {
  const start = useRef<Place>(undefined);
  const isDrawing = useRef(false);
  const draw = (event: PointerEvent<HTMLElement>, from: Place) => {
    const { left, top, width, height } = event.currentTarget.getBoundingClientRect();
    const across = [from.x, event.clientX].map((x) => percent(x - left, width)).sort(ascending);
    const down = [from.y, event.clientY].map((y) => percent(y - top, height)).sort(ascending);
    onDraw({ left: across[0]!, right: across[1]!, top: down[0]!, bottom: down[1]! }, { width, height });
  };
  const end = () => {
    start.current = undefined;
    isDrawing.current = false;
  };
  return {
    onPointerDown(event: PointerEvent<HTMLElement>) {
      if (event.button === 0 && event.isPrimary) start.current = { x: event.clientX, y: event.clientY };
    },
    onPointerMove(event: PointerEvent<HTMLElement>) {
      const from = start.current;
      if (from === undefined) return onHover(event);
      const moved = Math.hypot(event.clientX - from.x, event.clientY - from.y);
      if (!isDrawing.current && moved < leastDrag) return;
      if (!isDrawing.current) event.currentTarget.setPointerCapture(event.pointerId);
      isDrawing.current = true;
      draw(event, from);
    },
    onPointerUp(event: PointerEvent<HTMLElement>) {
      if (start.current && isDrawing.current) draw(event, start.current);
      else if (start.current) onTap(event);
      end();
    },
    onPointerCancel() {
      if (isDrawing.current) onCancel();
      end();
    },
  };
}

function percent(pixels: number, of: number): number {
  return of === 0 ? 0 : Math.min(100, Math.max(0, (pixels / of) * 100));
}

function ascending(a: number, b: number): number {
  return a - b;
}
