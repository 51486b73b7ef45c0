import { LogStream } from "@tributary/proto/tributary/v1/logs_pb";
import type { Automaton } from "../masking/automaton.ts";
import { Masker } from "../masking/masker.ts";
import { LineFramer } from "./line-framer.ts";
import { LogSender, type LogSenderOptions } from "./log-sender.ts";
import { Spool } from "./spool.ts";
import type { Piece, SpoolRecord } from "./spool-records.ts";
import type { UnsentBudget } from "./unsent-budget.ts";

/** How long an unfinished line waits for its end before it is sent as it is. */
const UNFINISHED_MS = 200;

export interface AttemptOutputOptions extends Omit<LogSenderOptions, "start" | "onKept"> {
  /** The attempt's folder, for the spool. */
  readonly folder: string;
  /** There is none of an earlier worker in it. */
  readonly isNew?: boolean;
  readonly budget: UnsentBudget;
  /** The spool could not be written; told once. */
  onSpoolFailed(): void;
  /** More, or no more, than is wise waits to be sent. */
  onPressure(high: boolean): void;
}

interface Source {
  readonly framer: LineFramer;
  masker: Masker | undefined;
}

/**
 * The output of one attempt, from the raw bytes of its pipes to what the server has acknowledged: masks, cuts where
 * lines end, writes to the spool before anything else, sends. What an earlier worker left in the folder comes first.
 *
 * Bytes pass in the same turn of the loop in which they come, so a worker that is killed leaves next to none behind.
 */
export class AttemptOutput {
  readonly #options: AttemptOutputOptions;
  readonly #spool: Spool;
  readonly #sender: LogSender;
  readonly #sources = new Map<LogStream, Source>();
  readonly #positions: ReturnType<typeof Spool.open>["content"]["maskers"];
  #automaton: Automaton | undefined;
  #timer: NodeJS.Timeout | undefined;
  #weight = 0;
  #pressed = false;
  #toldFailure = false;

  constructor(options: AttemptOutputOptions) {
    const { spool, content } = options.isNew ? Spool.begin(options.folder) : Spool.open(options.folder);
    this.#options = options;
    this.#spool = spool;
    this.#positions = content.maskers;
    this.#sender = new LogSender({ ...options, start: content.start, onKept: (offset) => this.#kept(offset) });
    for (const piece of content.pieces) this.#push(piece);
    for (const [stream, held] of content.held) this.#source(stream).framer.push(held);
    if (content.held.size > 0) this.#schedule();
  }

  /** Masks from now on; until then nothing may be written. */
  mask(automaton: Automaton): void {
    this.#automaton = automaton;
    for (const stream of [LogStream.STDOUT, LogStream.STDERR]) {
      const position = this.#positions.get(stream);
      this.#source(stream).masker = position ? Masker.resume(automaton, position) : new Masker(automaton);
    }
  }

  /** Takes raw bytes of the process. */
  write(stream: LogStream, bytes: Uint8Array): void {
    const source = this.#source(stream);
    this.#take(stream, source, source.masker ? source.masker.push(bytes) : bytes);
  }

  /** Says a line, or several, in the worker's own name. Secrets are masked in it too. */
  say(text: string): void {
    const content = Buffer.from(this.masked(text.endsWith("\n") ? text : `${text}\n`));
    this.#record([{ kind: "piece", stream: LogStream.WORKER, time: Date.now(), content }]);
  }

  /** A text with secrets masked, for all that leaves this worker in another way than as output. */
  masked(text: string): string {
    if (!this.#automaton) return text;
    const masker = new Masker(this.#automaton);
    return Buffer.concat([masker.push(Buffer.from(text)), masker.end()]).toString("utf8");
  }

  /** The process has ended and its pipes are empty: what was held back goes out too. */
  endStreams(): void {
    for (const [stream, source] of this.#sources) {
      if (source.masker) this.#take(stream, source, source.masker.end());
      const rest = source.framer.flush(true);
      if (rest) this.#record([{ kind: "piece", stream, time: Date.now(), content: rest }]);
    }
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Fulfilled with the size of the output as the server counts it, when the server has all of it. */
  async delivered(): Promise<bigint> {
    await this.#sender.drained();
    return BigInt(this.#sender.serverEnd);
  }

  /** Goes on from what the server says it has. */
  align(serverKept: bigint): void {
    this.#sender.align(Number(serverKept));
  }

  /** Stops; the spool stays for the next worker unless it is removed with the attempt's folder. */
  close(): void {
    clearTimeout(this.#timer);
    this.#spool.close();
    this.#options.budget.take(-this.#weight);
    this.#weight = 0;
  }

  #source(stream: LogStream): Source {
    let source = this.#sources.get(stream);
    if (!source) {
      source = { framer: new LineFramer(), masker: undefined };
      this.#sources.set(stream, source);
    }
    return source;
  }

  #take(stream: LogStream, { framer, masker }: Source, masked: Uint8Array): void {
    const heldBefore = framer.size;
    const content = framer.push(masked);
    const records: SpoolRecord[] = [];
    if (content) records.push({ kind: "piece", stream, time: Date.now(), content });
    const more = content ? framer.held : framer.held.subarray(heldBefore);
    if (more.length > 0) records.push({ kind: "held", stream, content: more });
    if (masker) records.push({ kind: "masker", stream, position: masker.position() });
    this.#record(records);
    if (framer.size > 0) this.#schedule();
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      for (const [stream, { framer }] of this.#sources) this.#flush(stream, framer);
    }, UNFINISHED_MS);
  }

  #flush(stream: LogStream, framer: LineFramer): void {
    const content = framer.flush();
    if (!content) return;
    const records: SpoolRecord[] = [{ kind: "piece", stream, time: Date.now(), content }];
    if (framer.size > 0) records.push({ kind: "held", stream, content: framer.held });
    this.#record(records);
  }

  #record(records: readonly SpoolRecord[]): void {
    if (records.length === 0) return;
    this.#spool.write(records, () => this.#state());
    if (this.#spool.failed && !this.#toldFailure) {
      this.#toldFailure = true;
      this.#options.onSpoolFailed();
    }
    for (const record of records) if (record.kind === "piece") this.#push(record);
  }

  /** What a new segment of the spool begins with. */
  #state(): SpoolRecord[] {
    return [...this.#sources].flatMap(([stream, { framer, masker }]): SpoolRecord[] => [
      ...(framer.size > 0 ? [{ kind: "held" as const, stream, content: framer.held }] : []),
      ...(masker ? [{ kind: "masker" as const, stream, position: masker.position() }] : []),
    ]);
  }

  #push(piece: Piece): void {
    this.#sender.push(piece);
    this.#press();
  }

  #kept(offset: number): void {
    this.#spool.release(offset);
    this.#press();
  }

  #press(): void {
    const { budget, onPressure } = this.#options;
    const weight = this.#sender.weight;
    budget.take(weight - this.#weight);
    this.#weight = weight;
    const high = budget.isHigh(weight, this.#pressed);
    if (high === this.#pressed) return;
    this.#pressed = high;
    onPressure(high);
  }
}
