import type { LogChange, LogLine, LogSource } from "#lib/log-source.ts";
import { type FrameTask, oncePerFrame } from "#lib/once-per-frame.ts";

/** What the viewer shows of a log now. */
export interface LogView {
  /** Lines the reader can scroll through. */
  readonly count: number;
  /** Lines there are; more than `count` only while the newest are on their way. */
  readonly latest: number;
  readonly ended: boolean;
  /** The lines in view could not be read. */
  readonly failed: boolean;
  /** Another number whenever positions have come to mean other lines. */
  readonly epoch: number;
  /** The line at a position; undefined while it is on its way. */
  line(position: number): LogLine | undefined;
  /** The number of the line at a position. */
  number(position: number): number;
  /** The position of a line by its number, or of the next one that is shown. */
  position(number: number): number;
}

let epochs = 0;

/** Milliseconds from one view to the next: nobody reads faster, and time is left for everything else. */
const apart = 50;
/** Where each view has none of the lines of the one before it: the eye sees that they come, and no more. */
const sweepApart = 100;
/** Where the reader looks at something else than what comes. */
const calmApart = 200;

interface Wish {
  readonly from: number;
  readonly to: number;
  /** Keep at the end: the window moves with it, and the count waits for the lines, so that nothing is shown empty. */
  readonly follow: boolean;
}

/**
 * Turns a source's changes, thousands a second at times, into one new view a frame; reads one window at a time, and
 * always the one wished for last.
 */
export class LogFeed {
  readonly #source: LogSource;
  readonly #frame: FrameTask;
  readonly #listeners = new Set<() => void>();
  #wish: Wish = { from: 0, to: 100, follow: true };
  #asked = "";
  #busy = false;
  #stale = false;
  #held: readonly LogLine[] = [];
  #heldFrom = 0;
  /** Of the lines shown last none had been shown before. */
  #sweeps = false;
  #epoch = ++epochs;
  #view: LogView;

  constructor(source: LogSource) {
    this.#source = source;
    this.#frame = oncePerFrame(
      () => this.#update(),
      () => (this.#wish.follow ? (this.#sweeps ? sweepApart : apart) : calmApart),
    );
    this.#view = this.#viewOf(0, false);
  }

  /** Listens to the source until the returned function is called. */
  start(): () => void {
    const stop = this.#source.subscribe((change) => this.#changed(change));
    this.#stale = true;
    this.#update();
    return () => {
      stop();
      this.#frame.cancel();
    };
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** The same object until something changes. */
  readonly view = (): LogView => this.#view;

  /** The window the reader looks at now. */
  want(from: number, to: number, follow: boolean): void {
    const { from: oldFrom, to: oldTo, follow: followed } = this.#wish;
    if (from === oldFrom && to === oldTo && follow === followed) return;
    this.#wish = { from, to, follow };
    // the window at the end moves with what comes, and is drawn as often as that is
    if (follow && followed) this.#frame.ask();
    else this.#update();
  }

  /** Asks again for lines that could not be read. */
  retry(): void {
    this.#stale = true;
    this.#update();
  }

  #changed({ kind }: LogChange): void {
    if (kind === "reset") {
      this.#held = [];
      this.#epoch = ++epochs;
    }
    if (kind === "reset" || kind === "changed") this.#stale = true;
    if (kind === "reset") this.#update();
    else this.#frame.ask();
  }

  #update(): void {
    const latest = this.#source.lineCount;
    const [from, to] = this.#window(latest);
    const key = `${from} ${to}`;
    // while following, the count waits for its lines
    if (!this.#wish.follow || from === to) this.#show(latest, this.#view.failed);
    if (this.#busy || (key === this.#asked && !this.#stale) || from === to) return;
    this.#asked = key;
    this.#stale = false;
    const lines = this.#source.lines(from, to);
    if ("then" in lines) void this.#wait(from, to, lines);
    else this.#hold(from, to, lines);
  }

  #window(latest: number): readonly [number, number] {
    const { from, to, follow } = this.#wish;
    if (!follow) return [Math.min(from, latest), Math.min(to, latest)];
    // a little more than was wished: the window moves in steps
    return [Math.max(0, latest - Math.max(100, to - from + 24)), latest];
  }

  async #wait(from: number, to: number, lines: Promise<readonly LogLine[]>): Promise<void> {
    this.#busy = true;
    const epoch = this.#epoch;
    const read = await lines.catch(() => undefined);
    this.#busy = false;
    // what was read for positions that mean other lines now is of no use
    if (epoch !== this.#epoch) this.#stale = true;
    else if (read === undefined) this.#show(Math.max(this.#view.count, to), true);
    else this.#hold(from, to, read);
    this.#frame.ask();
  }

  #hold(from: number, to: number, lines: readonly LogLine[]): void {
    this.#sweeps = from >= this.#heldFrom + this.#held.length;
    this.#heldFrom = from;
    this.#held = lines;
    this.#show(this.#wish.follow ? to : this.#source.lineCount, false);
  }

  #show(count: number, failed: boolean): void {
    this.#view = this.#viewOf(count, failed);
    for (const listener of this.#listeners) listener();
  }

  #viewOf(count: number, failed: boolean): LogView {
    const [held, heldFrom] = [this.#held, this.#heldFrom];
    const { lineCount: latest, ended } = this.#source;
    return {
      ...{ count: Math.min(count, latest), latest, ended, failed, epoch: this.#epoch },
      line: (position) => held[position - heldFrom],
      number: (position) => this.#source.numberAt(position),
      position: (number) => this.#source.positionOf(number),
    };
  }
}
