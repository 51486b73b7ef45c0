/** How grave a worker says that a line is. */
export type WorkerLogLevel = "info" | "warn" | "error";

/** One line of what a worker's program says itself. */
export interface WorkerLogLine {
  /** Increasing, given by the worker. */
  readonly sequence: number;
  readonly at: number;
  readonly level: WorkerLogLevel;
  readonly message: string;
  /** Lines right before it are not kept. */
  readonly gapBefore: boolean;
}

export interface WorkerLogPage {
  readonly lines: readonly WorkerLogLine[];
  /** There are more at once. */
  readonly more: boolean;
}

interface KeptLog {
  lines: readonly WorkerLogLine[];
  bytes: number;
}

interface Limits {
  /** Lines of a worker. */
  readonly lines: number;
  /** Bytes of a worker. */
  readonly bytes: number;
  /** Bytes of all workers. */
  readonly allBytes: number;
}

const usualLimits: Limits = { lines: 1_000, bytes: 256 << 10, allBytes: 32 << 20 };
const longestMessage = 4 << 10;
/** Roughly what a line takes beside its message. */
const lineCost = 64;

/**
 * The newest lines of what each worker says itself. In memory: a worker that comes back to another server, or to one that
 * was started again, says once more what it still has. Kept when the worker is gone, as that is when they are read, until
 * others need the room.
 */
export class WorkerLogs {
  readonly #limits: Limits;
  /** Those heard of last come last. */
  readonly #logs = new Map<string, KeptLog>();
  #bytes = 0;

  constructor(limits = usualLimits) {
    this.#limits = limits;
  }

  /** Takes lines in the order of their numbers; those that are there already change nothing. */
  add(workerId: string, told: readonly WorkerLogLine[]): void {
    const fresh: WorkerLogLine[] = [];
    let newest = this.newest(workerId);
    for (const line of told) {
      if (!Number.isSafeInteger(line.sequence) || line.sequence <= newest) continue;
      newest = line.sequence;
      fresh.push(shortened(line));
    }
    if (fresh.length === 0) return;
    const before = this.#logs.get(workerId);
    const all = [...(before?.lines ?? []), ...fresh];
    const log = newestOf(all, this.#limits);
    this.#logs.delete(workerId);
    this.#logs.set(workerId, log);
    this.#bytes += log.bytes - (before?.bytes ?? 0);
    for (const id of this.#logs.keys()) {
      if (this.#bytes <= this.#limits.allBytes || id === workerId) break;
      this.#forget(id);
    }
  }

  /** The number of the newest line; 0: there is none. */
  newest(workerId: string): number {
    return this.#logs.get(workerId)?.lines.at(-1)?.sequence ?? 0;
  }

  /**
   * Lines after one, oldest first; undefined for a worker that has said nothing here. From the oldest also when `after` is
   * beyond the newest: then it is of an earlier life of the worker, whose clock has gone back.
   */
  list(
    workerId: string,
    { after, limit }: { readonly after: number; readonly limit: number },
  ): WorkerLogPage | undefined {
    const log = this.#logs.get(workerId);
    if (!log) return undefined;
    const from = after > this.newest(workerId) ? 0 : after;
    const later = log.lines.filter(({ sequence }) => sequence > from);
    return { lines: later.slice(0, limit), more: later.length > limit };
  }

  #forget(workerId: string): void {
    this.#bytes -= this.#logs.get(workerId)?.bytes ?? 0;
    this.#logs.delete(workerId);
  }
}

/** As many of the last lines as may be kept; the first of them says that others were before it. */
function newestOf(lines: readonly WorkerLogLine[], limits: Limits): KeptLog {
  let bytes = 0;
  let from = lines.length;
  while (from > 0 && lines.length - from < limits.lines) {
    const more = costOf(lines[from - 1]);
    if (bytes + more > limits.bytes) break;
    bytes += more;
    from--;
  }
  const kept = lines.slice(from);
  return { lines: from === 0 ? kept : kept.map((line, at) => (at === 0 ? { ...line, gapBefore: true } : line)), bytes };
}

/** Roughly, in bytes. */
function costOf(line: WorkerLogLine | undefined): number {
  return lineCost + (line?.message.length ?? 0);
}

function shortened(line: WorkerLogLine): WorkerLogLine {
  return line.message.length <= longestMessage ? line : { ...line, message: line.message.slice(0, longestMessage) };
}
