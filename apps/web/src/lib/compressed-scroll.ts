/**
 * Greatest height of the scrolled element in px. Browsers clamp elements (Firefox at about 17.9 million px), and layer
 * offsets are single-precision numbers that lose quarters of a pixel above 4 million.
 */
export const heightLimit = 4_000_000;

/** Share of the height at each end where the scroll position is the true position. */
const edgeShare = 0.1;

/** How positions of the scroll bar stand for positions in something higher than an element can be. */
export interface ScrollScale {
  /** Height to give the scrolled element. */
  readonly height: number;
  /** Greatest scroll position. */
  readonly end: number;
  /** Whether the two positions differ anywhere. */
  readonly compressed: boolean;
  /** From the scroll bar's position to the true distance from the top. */
  toTop(scroll: number): number;
  /** From the true distance to the scroll bar's position. */
  toScroll(top: number): number;
}

/**
 * Near both ends a pixel is a pixel, so that the first and the last lines are reached by any means of scrolling;
 * between them one pixel of the bar stands for many.
 *
 * @param total - true height in px
 * @param viewport - visible height in px
 */
export function scrollScale(total: number, viewport: number, limit = heightLimit): ScrollScale {
  const height = Math.min(Math.max(total, viewport), limit);
  const [end, trueEnd] = [height - viewport, Math.max(0, total - viewport)];
  if (total <= limit) {
    const keep = (value: number) => clamp(value, end);
    return { height, end, compressed: false, toTop: keep, toScroll: keep };
  }
  const edge = end * edgeShare;
  const ratio = (trueEnd - 2 * edge) / (end - 2 * edge);
  return {
    height,
    end,
    compressed: true,
    toTop: (scroll) => {
      const at = clamp(scroll, end);
      if (at <= edge) return at;
      return at >= end - edge ? trueEnd - (end - at) : edge + (at - edge) * ratio;
    },
    toScroll: (top) => {
      const at = clamp(top, trueEnd);
      if (at <= edge) return at;
      return at >= trueEnd - edge ? end - (trueEnd - at) : edge + (at - edge) / ratio;
    },
  };
}

function clamp(value: number, end: number): number {
  return Math.min(Math.max(0, value), end);
}
