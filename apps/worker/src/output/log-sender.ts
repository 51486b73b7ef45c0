import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type AttemptRef, type LogPiece, LogPieceSchema } from "@tributary/proto/tributary/v1/dispatch_pb";
import type { Uplink } from "../uplink.ts";
import { cutPoint, PIECE_LIMIT } from "./cut-bytes.ts";
import type { Piece } from "./spool-records.ts";

/** Output of one call. */
const CALL_LIMIT = 256 * 1024;
/** Shortest time between two calls, so that many small writes share one. */
const CALL_INTERVAL_MS = 25;
/** What a piece takes beside its content. */
const PIECE_WEIGHT = 256;
/** Pieces of one stream closer together than this are sent as one. */
const MERGE_MS = 50;

export interface LogSenderOptions {
  readonly uplink: Pick<Uplink, "call" | "workerId">;
  readonly attempt: AttemptRef;
  readonly signal: AbortSignal;
  /** Offset of the first byte that will be pushed. */
  readonly start: number;
  /** What the server's offsets are behind ours; see {@link LogSender.align}. */
  readonly shift: number;
  /** The server has all output before `offset`. */
  onKept(offset: number): void;
  onShift(shift: number): void;
  /** The attempt is not (any more) this worker's. */
  onRefused(): void;
  /** The server answered that it will never take this output; nothing more is sent. */
  onUndeliverable(error: unknown): void;
}

/** Sends one attempt's output in order, from memory, until the server has acknowledged it. */
export class LogSender {
  readonly #options: LogSenderOptions;
  #queue: Piece[] = [];
  #kept: number;
  #unsent = 0;
  #shift: number;
  #sending = false;
  #lastCall = 0;
  #hurried = false;
  /** Set when the server will never take more: what it has. */
  #abandonedAt: number | undefined;
  #wake: (() => void) | undefined;
  #waiting: (() => void)[] = [];

  constructor(options: LogSenderOptions) {
    this.#options = options;
    this.#kept = options.start;
    this.#shift = options.shift;
  }

  /** Memory that unacknowledged output takes, in bytes, about. */
  get weight(): number {
    return this.#unsent + this.#queue.length * PIECE_WEIGHT;
  }

  /** All output so far that it has or will have, as the server counts it. */
  get serverEnd(): number {
    return this.#abandonedAt ?? this.#kept + this.#unsent - this.#shift;
  }

  push(piece: Piece): void {
    if (this.#abandonedAt !== undefined) return;
    this.#queue.push(piece);
    this.#unsent += piece.content.length;
    if (!this.#sending) void this.#send();
  }

  /** Fulfilled when the server has everything pushed so far; no more is waited for company. */
  drained(): Promise<void> {
    if (this.#unsent === 0) return Promise.resolve();
    this.#hurried = true;
    this.#wake?.();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /**
   * Goes on from what the server says it has. Should it have less than was ever acknowledged (it lost output that is
   * not here any more), or more than there ever was (it was here and got lost), the offsets are shifted so that the
   * rest still arrives.
   */
  align(serverKept: number): void {
    const kept = serverKept + this.#shift;
    if (kept < this.#kept || kept > this.#kept + this.#unsent) {
      const nearest = kept < this.#kept ? this.#kept : this.#kept + this.#unsent;
      this.#shift = nearest - serverKept;
      this.#options.onShift(this.#shift);
      this.#drop(nearest);
    } else this.#drop(kept);
  }

  async #send(): Promise<void> {
    const { uplink, attempt, signal } = this.#options;
    this.#sending = true;
    try {
      while (this.#queue.length > 0 && !signal.aborted) {
        await this.#pause();
        const request = (): { offset: bigint; pieces: LogPiece[] } => ({
          offset: BigInt(this.#kept - this.#shift),
          pieces: batch(this.#queue),
        });
        this.#lastCall = performance.now();
        const call = { workerId: uplink.workerId, attempt };
        const reply = await uplink.call(
          (client) => client.appendLog({ ...call, ...request() }, { signal, timeoutMs: 30_000 }),
          { signal, waitsForRoom: true },
        );
        if (reply.refused) return this.#options.onRefused();
        this.align(Number(reply.keptBytes));
      }
    } catch (error) {
      if (!signal.aborted) this.#giveUp(error);
    } finally {
      this.#sending = false;
    }
  }

  async #pause(): Promise<void> {
    const rest = this.#lastCall + CALL_INTERVAL_MS - performance.now();
    if (rest <= 0 || this.#hurried || this.#unsent >= PIECE_LIMIT) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, rest);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }

  #giveUp(error: unknown): void {
    this.#abandonedAt = this.#kept - this.#shift;
    this.#drop(this.#kept + this.#unsent);
    this.#options.onUndeliverable(error);
  }

  #drop(kept: number): void {
    let left = kept - this.#kept;
    this.#kept = kept;
    this.#unsent -= left;
    let whole = 0;
    while (whole < this.#queue.length && this.#queue[whole]!.content.length <= left)
      left -= this.#queue[whole++]!.content.length;
    this.#queue.splice(0, whole);
    const first = this.#queue[0];
    if (left > 0 && first) this.#queue[0] = { ...first, content: first.content.subarray(left) };
    this.#options.onKept(kept);
    if (this.#unsent > 0) return;
    this.#hurried = false;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** The pieces of one call: neighbours of one stream are merged, long ones cut. */
function batch(queue: readonly Piece[]): LogPiece[] {
  const pieces: LogPiece[] = [];
  let size = 0;
  for (let at = 0; at < queue.length && size < CALL_LIMIT; ) {
    const first = queue[at]!;
    const parts = [first.content];
    let length = first.content.length;
    for (at++; at < queue.length && mergeable(first, queue[at]!, length); at++) {
      parts.push(queue[at]!.content);
      length += queue[at]!.content.length;
    }
    size += length;
    for (const content of cutLong(parts.length === 1 ? first.content : Buffer.concat(parts))) {
      pieces.push(create(LogPieceSchema, { stream: first.stream, time: timestampFromMs(first.time), content }));
    }
  }
  return pieces;
}

function mergeable(first: Piece, next: Piece, length: number): boolean {
  const near = next.time - first.time <= MERGE_MS;
  return next.stream === first.stream && near && length + next.content.length <= PIECE_LIMIT;
}

function cutLong(content: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let rest = content; rest.length > 0; ) {
    const end = cutPoint(rest, PIECE_LIMIT);
    parts.push(rest.subarray(0, end));
    rest = rest.subarray(end);
  }
  return parts;
}
