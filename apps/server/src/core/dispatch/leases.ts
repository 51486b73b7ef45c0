import type { MachineLoad } from "#core/workers/machine-load.ts";
import type { Worker } from "#core/workers/worker.ts";

/**
 * How long each worker may be silent. Kept in memory on the monotonic clock: time without a server does not count, and
 * after a start every worker gets one full period.
 */
export class Leases {
  /** Milliseconds a lease lasts from the last sign of life. */
  readonly duration: number;
  /** The same for workers of scitq's, which are silent while they are busy. */
  readonly scitqDuration: number;
  /** Of the server whose workers these are; unset where there is only one server. */
  readonly serverId: string | undefined;
  /** Of workers whose leases last longer than others'. */
  readonly #durations = new Map<string, number>();
  readonly #deadlines = new Map<string, number>();
  readonly #seenAt = new Map<string, number>();
  readonly #owners = new Map<string, string>();
  readonly #loads = new Map<string, MachineLoad>();
  readonly #vouchers = new Map<string, () => boolean>();

  constructor(duration: number, serverId?: string, scitqDuration = duration) {
    this.duration = duration;
    this.scitqDuration = scitqDuration;
    this.serverId = serverId;
  }

  /** A worker has come; {@link extend} keeps its lease from then on. */
  begin({ id, kind }: Pick<Worker, "id" | "kind">, monotonic: number, now: number): void {
    if (kind === "scitq") this.#durations.set(id, this.scitqDuration);
    this.extend(id, monotonic, now);
  }

  /** The worker was heard of. */
  extend(workerId: string, monotonic: number, now: number): void {
    this.#deadlines.set(workerId, monotonic + (this.#durations.get(workerId) ?? this.duration));
    this.#seenAt.set(workerId, now);
  }

  /** Silence is not held against the worker while `isThere` says so; undefined: it is again. */
  vouch(workerId: string, isThere: (() => boolean) | undefined): void {
    if (isThere) this.#vouchers.set(workerId, isThere);
    else this.#vouchers.delete(workerId);
  }

  /** The worker says how busy its machine is, which is not kept: it says so again and again. */
  noteLoad(workerId: string, load: MachineLoad): void {
    this.#loads.set(workerId, load);
  }

  /** What it last said here; undefined without a lease. */
  loadOf(workerId: string): MachineLoad | undefined {
    return this.#loads.get(workerId);
  }

  /** The worker has registered here. */
  own(workerId: string, owner: string): void {
    this.#owners.set(workerId, owner);
  }

  /** Whose the worker is, as it last registered here; undefined since the start, and without a lease. */
  ownerOf(workerId: string): string | undefined {
    return this.#owners.get(workerId);
  }

  /** Gives a worker that was known before the start its full period. */
  adopt({ id, kind }: Pick<Worker, "id" | "kind">, monotonic: number): void {
    if (this.#deadlines.has(id)) return;
    const duration = kind === "scitq" ? this.scitqDuration : this.duration;
    this.#durations.set(id, duration);
    this.#deadlines.set(id, monotonic + duration);
  }

  /** True while the worker has a lease. */
  has(workerId: string): boolean {
    return this.#deadlines.has(workerId);
  }

  /** True when any worker has been heard of since the start and not been given up. */
  isHeard(): boolean {
    return [...this.#deadlines.keys()].some((workerId) => this.#seenAt.has(workerId));
  }

  /** When the worker was last heard of, milliseconds since 1970; undefined since the start. */
  seenAt(workerId: string): number | undefined {
    return this.#seenAt.get(workerId);
  }

  /** Workers whose lease has ended. */
  expired(monotonic: number): readonly string[] {
    for (const [workerId, isThere] of this.#vouchers) {
      if (this.#deadlines.has(workerId) && isThere()) {
        this.#deadlines.set(workerId, monotonic + (this.#durations.get(workerId) ?? this.duration));
      }
    }
    return [...this.#deadlines].filter(([, deadline]) => deadline <= monotonic).map(([workerId]) => workerId);
  }

  end(workerId: string): void {
    this.#deadlines.delete(workerId);
    this.#owners.delete(workerId);
    this.#durations.delete(workerId);
    this.#loads.delete(workerId);
    this.#vouchers.delete(workerId);
  }
}
