import { type ScrollScale, scrollScale } from "#lib/compressed-scroll.ts";
import type { LineLayout } from "#lib/line-layout.ts";

/** What the reader sees at the top: a line, and how many px of it are already out of view. */
export interface Viewpoint {
  readonly line: number;
  readonly offset: number;
}

/** Room after the last line, so that nothing lies under the pill. */
const footRoom = 32;
/** A move of the scroll bar by more than so many views is a jump, not a scroll. */
const jumpViews = 1.5;
/** Measured heights kept while lines wrap. */
const keepMeasured = 4000;

/**
 * Where a reader stands in a log of any length.
 *
 * The truth is a {@link Viewpoint}. Small moves of the scroll bar move it pixel by pixel, whatever a pixel of the bar
 * stands for; large ones jump in proportion. So the bar drifts from the truth where it is compressed or where lines
 * wrap, and is put right by {@link LogScroller.barPosition} whenever it rests.
 */
export class LogScroller {
  #layout: LineLayout;
  #viewport = 0;
  #wrap = false;
  #at: Viewpoint = { line: 0, offset: 0 };
  #bar = 0;
  #scale: ScrollScale;
  readonly #measured = new Map<number, number>();
  #extra = 0;

  constructor(layout: LineLayout) {
    this.#layout = layout;
    this.#scale = scrollScale(layout.total + footRoom, 0);
  }

  get viewpoint(): Viewpoint {
    return this.#at;
  }

  get viewport(): number {
    return this.#viewport;
  }

  /** Lines there are. */
  get count(): number {
    return this.#layout.count;
  }

  /** The last line in view. */
  get bottomLine(): number {
    let { line } = this.#at;
    let room = this.#viewport + this.#at.offset - this.rowHeight(line);
    while (room > 0 && line < this.#layout.count - 1) {
      line += 1;
      room -= this.rowHeight(line);
    }
    return line;
  }

  /** Height to give the scrolled element. */
  get height(): number {
    return this.#scale.height;
  }

  /** The log has other lines or the window another size; the viewpoint stays where it can. */
  layOut(layout: LineLayout, viewport: number, wrap: boolean): void {
    if (wrap !== this.#wrap) this.forgetHeights();
    this.#layout = layout;
    this.#viewport = viewport;
    this.#wrap = wrap;
    this.#rescale();
    this.#settle(this.#at);
  }

  /** Heights of wrapped lines are void, as after a change of width. */
  forgetHeights(): void {
    this.#measured.clear();
    this.#extra = 0;
    this.#rescale();
  }

  /** Tells how high a wrapped line really is. Answers whether that is news. */
  measure(line: number, height: number): boolean {
    const known = this.rowHeight(line);
    if (Math.abs(known - height) < 0.5) return false;
    if (this.#measured.size >= keepMeasured) this.#dropFarthest(line);
    this.#measured.set(line, height);
    this.#extra += height - known;
    this.#rescale();
    return true;
  }

  /** A line's height with the rule before it: measured where it is known, else that of one row. */
  rowHeight(line: number): number {
    return this.#measured.get(line) ?? this.#layout.height(line);
  }

  /** The scroll bar was moved, by whatever means. Answers whether that was a move at all. */
  barMoved(position: number): boolean {
    const delta = position - this.#bar;
    this.#bar = position;
    if (delta === 0) return false;
    if (!this.#wrap && !this.#scale.compressed) this.#settle(this.#pointAt(position));
    else if (Math.abs(delta) <= this.#viewport * jumpViews) this.moveBy(delta);
    else if (position >= this.#scale.end - 1) this.toEnd();
    else this.#settle(this.#pointAt(this.#scale.toTop(position)));
    return true;
  }

  /** Where the scroll bar belongs. */
  get barPosition(): number {
    return this.#scale.toScroll(this.#top());
  }

  /** The scroll bar was put where it belongs; browsers round, so tell what it became. */
  barPut(position: number): void {
    this.#bar = position;
  }

  /** Moves by a distance on the screen. */
  moveBy(distance: number): void {
    let { line } = this.#at;
    let offset = this.#at.offset + distance;
    while (offset < 0 && line > 0) {
      line -= 1;
      offset += this.rowHeight(line);
    }
    while (line < this.#layout.count - 1 && offset >= this.rowHeight(line)) {
      offset -= this.rowHeight(line);
      line += 1;
    }
    this.#settle({ line, offset });
  }

  /**
   * Brings a line to the top or the middle; `reveal` moves only when it is out of view, and then to the middle.
   *
   * @returns how to keep it there when lines around it turn out to be higher than they were thought to be
   */
  moveTo(line: number, place: "start" | "center" | "reveal"): typeof place {
    const target = Math.max(0, Math.min(line, this.#layout.count - 1));
    const room = this.#viewport - this.rowHeight(target);
    const away = this.offsetOf(target);
    if (place === "reveal" && away >= 0 && away <= room) return place;
    this.#at = { line: target, offset: 0 };
    this.moveBy(place === "start" ? 0 : -Math.max(0, room / 2));
    return place === "start" ? place : "center";
  }

  /** Goes to a share of the whole, 0 to 1. */
  moveToShare(share: number): void {
    const end = Math.max(0, this.#total - this.#viewport);
    if (share >= 1) this.toEnd();
    else this.#settle(this.#pointAt(Math.max(0, share) * end));
  }

  toEnd(): void {
    this.#at = this.#endPoint();
  }

  get atEnd(): boolean {
    return !before(this.#at, this.#endPoint(), 2);
  }

  /** The lines to draw: those in view and `spare` on both sides, in steps, so that small moves draw nothing new. */
  window(spare: number): { readonly from: number; readonly to: number } {
    const step = Math.max(1, spare >> 1);
    const rows = Math.ceil(this.#viewport / 20) + 1;
    const from = Math.max(0, Math.floor((this.#at.line - spare) / step) * step);
    const to = Math.ceil((this.#at.line + rows + spare) / step) * step;
    return { from: Math.min(from, this.#layout.count), to: Math.min(to, this.#layout.count) };
  }

  /** The lines to draw at the end of so many, and `spare` before them, in steps. */
  endWindow(count: number, spare: number): { readonly from: number; readonly to: number } {
    const step = Math.max(1, spare >> 1);
    const rows = Math.ceil(this.#viewport / 20) + 1;
    return { from: Math.max(0, Math.floor((count - rows - spare) / step) * step), to: count };
  }

  /** Distance from the top of the view to a line, or to the rule before it; for lines near the view. */
  offsetOf(line: number): number {
    const { line: top, offset } = this.#at;
    // far lines need no exact distance, only the right direction
    if (!this.#wrap || Math.abs(line - top) > keepMeasured)
      return this.#layout.top(line) - this.#layout.top(top) - offset;
    let distance = -offset;
    for (let above = top; above < line; above += 1) distance += this.rowHeight(above);
    for (let below = line; below < top; below += 1) distance -= this.rowHeight(below);
    return distance;
  }

  /** The share of the whole that is in view. */
  get share(): { readonly from: number; readonly to: number } {
    const total = Math.max(1, this.#total);
    const top = this.#top();
    return { from: Math.min(1, top / total), to: Math.min(1, (top + this.#viewport) / total) };
  }

  get #total(): number {
    return this.#layout.total + this.#extra + footRoom;
  }

  #rescale(): void {
    this.#scale = scrollScale(this.#total, this.#viewport);
  }

  /** The true distance from the top of everything, with measured heights above where they are known. */
  #top(): number {
    const { line, offset } = this.#at;
    let extra = 0;
    for (const [measured, height] of this.#measured) {
      if (measured < line) extra += height - this.#layout.height(measured);
    }
    return this.#layout.top(line) + extra + offset;
  }

  #pointAt(top: number): Viewpoint {
    const line = this.#layout.lineAt(top);
    if (this.#measured.size === 0) return { line, offset: top - this.#layout.top(line) };
    // with measured heights the distances stretch: the same share of the lines is the best guess
    const share = (top * this.#layout.total) / Math.max(1, this.#layout.total + this.#extra);
    const guess = this.#layout.lineAt(share);
    return { line: guess, offset: share - this.#layout.top(guess) };
  }

  #endPoint(): Viewpoint {
    const { count } = this.#layout;
    let room = this.#viewport - footRoom;
    let line = count;
    while (line > 0 && room > 0) {
      line -= 1;
      room -= this.rowHeight(line);
    }
    return room >= 0 ? { line, offset: 0 } : { line, offset: -room };
  }

  #settle(point: Viewpoint): void {
    const end = this.#endPoint();
    if (point.line < 0 || (point.line === 0 && point.offset < 0)) this.#at = { line: 0, offset: 0 };
    else this.#at = before(point, end) ? point : end;
  }

  #dropFarthest(line: number): void {
    const lines = [...this.#measured.keys()].sort((a, b) => Math.abs(b - line) - Math.abs(a - line));
    for (const far of lines.slice(0, keepMeasured / 4)) {
      this.#extra -= (this.#measured.get(far) ?? 0) - this.#layout.height(far);
      this.#measured.delete(far);
    }
  }
}

function before(one: Viewpoint, other: Viewpoint, slack = 0): boolean {
  return one.line < other.line ? true : one.line === other.line && one.offset < other.offset - slack;
}
