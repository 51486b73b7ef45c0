import { create } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  type UsagePoint,
  UsagePointSchema,
  type UsageTotals,
  UsageTotalsSchema,
} from "@tributary/proto/tributary/v1/tasks_pb";
import type { Ended } from "../launcher/launcher.ts";
import type { Reading } from "./read-usage.ts";

interface Point {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly span: number;
  readonly cpuMs: number;
  readonly memory: number;
  readonly disk: number;
  readonly processes: number;
}

/** Points that wait for a server; then neighbours are joined. */
const MOST_WAITING = 240;
/** A process has what its launcher had, for a moment, so less is not known to be its own. */
const LAUNCHER_MEMORY = 16 << 20;

/** What one attempt took: in all, and in stretches that were not told yet. */
export class UsageMeter {
  /** Offset between the clock of the machine, as it was at the start, and the monotonic one, so that time never goes back. */
  readonly #epoch = Date.now() - performance.now();
  /** When and with how much processor time the last stretch ended; unset before the first reading of an adopted attempt. */
  #last: { readonly at: number; readonly cpuMs: number } | undefined;
  #waiting: Point[] = [];
  #telling: Point[] = [];
  #cpuMs = 0;
  #peakMemory = 0;
  #peakDisk = 0;
  #disk = 0;
  #measured = false;

  /** @param startedAt - milliseconds since 1970; unset for a process that has run for some time */
  constructor(startedAt: number | undefined) {
    if (startedAt !== undefined) this.#last = { at: Math.min(startedAt, this.#now()), cpuMs: 0 };
  }

  get peakMemory(): number {
    return this.#peakMemory;
  }

  add({ cpuMs, memory, processes }: Reading): void {
    const at = this.#now();
    // Children that end without being waited for take their time with them.
    this.#cpuMs = Math.max(this.#cpuMs, cpuMs);
    this.#peakMemory = Math.max(this.#peakMemory, memory);
    this.#measured = true;
    const last = this.#last;
    if (last && at <= last.at) return;
    this.#last = { at, cpuMs: this.#cpuMs };
    if (!last) return;
    const point = { at, span: at - last.at, cpuMs: this.#cpuMs - last.cpuMs, memory, disk: this.#disk, processes };
    this.#waiting.push(point);
    if (this.#waiting.length > MOST_WAITING) this.#waiting = joinPairs(this.#waiting);
  }

  /** Bytes that its folder has now. */
  addDisk(bytes: number): void {
    this.#disk = bytes;
    this.#peakDisk = Math.max(this.#peakDisk, bytes);
  }

  /** What the system counted of its main process when that ended. */
  addEnd(usage: Ended["usage"]): void {
    if (!usage) return;
    this.#measured = true;
    this.#cpuMs = Math.max(this.#cpuMs, Math.round(usage.cpuSeconds * 1000));
    const own = usage.maxRssBytes > LAUNCHER_MEMORY || this.#peakMemory === 0;
    if (own) this.#peakMemory = Math.max(this.#peakMemory, usage.maxRssBytes);
  }

  /** Unset when nothing was measured. */
  totals(): UsageTotals | undefined {
    if (!this.#measured) return undefined;
    return create(UsageTotalsSchema, {
      cpuTime: durationFromMs(this.#cpuMs),
      peakMemoryBytes: BigInt(this.#peakMemory),
      peakDiskBytes: BigInt(this.#peakDisk),
    });
  }

  /** What was not told yet, for a call; {@link told} or {@link untold} says what became of it. */
  tell(): UsagePoint[] {
    this.untold();
    this.#telling = this.#waiting;
    this.#waiting = [];
    return this.#telling.map(fromPoint);
  }

  told(): void {
    this.#telling = [];
  }

  untold(): void {
    this.#waiting = [...this.#telling, ...this.#waiting];
    this.#telling = [];
    while (this.#waiting.length > MOST_WAITING) this.#waiting = joinPairs(this.#waiting);
  }

  #now(): number {
    return Math.round(this.#epoch + performance.now());
  }
}

function fromPoint({ at, span, cpuMs, memory, disk, processes }: Point): UsagePoint {
  return create(UsagePointSchema, {
    time: timestampFromMs(at),
    span: durationFromMs(span),
    cpuTime: durationFromMs(cpuMs),
    memoryBytes: BigInt(memory),
    diskBytes: BigInt(disk),
    processes,
  });
}

function joinPairs(points: readonly Point[]): Point[] {
  return points.flatMap((point, index): Point[] => {
    if (index % 2 === 1) return [];
    const next = points[index + 1];
    if (!next) return [point];
    const most = (of: "memory" | "disk" | "processes") => Math.max(point[of], next[of]);
    const sums = { at: next.at, span: point.span + next.span, cpuMs: point.cpuMs + next.cpuMs };
    return [{ ...sums, memory: most("memory"), disk: most("disk"), processes: most("processes") }];
  });
}
