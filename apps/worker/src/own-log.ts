import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { LogLevel } from "@tributary/proto/tributary/v1/logs_pb";
import type { WorkerLogLineSchema } from "@tributary/proto/tributary/v1/workers_pb";
import { type Automaton, buildAutomaton } from "./masking/automaton.ts";
import { Masker } from "./masking/masker.ts";
import { secretPatterns } from "./masking/secret-patterns.ts";
import { wholeCharacters } from "./output/cut-bytes.ts";

interface KeptLine {
  readonly sequence: number;
  readonly at: number;
  readonly level: LogLevel;
  readonly message: string;
  readonly bytes: number;
}

/** Lines that the server does not have. */
export interface UnsentLines {
  readonly lines: MessageInitShape<typeof WorkerLogLineSchema>[];
  /** The server has them now. */
  readonly taken: () => void;
}

const MOST_LINES = 1_000;
const MOST_BYTES = 256 << 10;
/** Of what is sent at a time. */
const BATCH_BYTES = 64 << 10;
const LINE_BYTES = 4 << 10;
/** Stands at the end of a line that was longer. */
const CUT = "…";
/** Roughly what a line takes beside its message. */
const LINE_COST = 32;
/** Values that are looked for, the last ones; a worker that is given others all the time does not grow by them. */
const MOST_SECRETS = 500;

/** What every line of the logger has, and is not shown beside the message. */
const PLAIN_FIELDS = new Set(["level", "time", "pid", "hostname", "name", "msg"]);

/**
 * The newest lines of what this program says itself, masked, for the server to show. Numbers go on from one start of the
 * program to the next, as they begin with the time.
 */
export class OwnLog {
  #lines: KeptLine[] = [];
  #bytes = 0;
  #next: number;
  /** The newest line that was dropped; 0: none was. */
  #droppedTo = 0;
  /** The newest line that the server has. */
  #sent = 0;
  #wasResumed = false;
  readonly #secrets = new Set<string>();
  #automaton: Automaton | undefined;

  constructor(now: number) {
    this.#next = now * 1_000;
  }

  /** Masks values in every line from now on. */
  hide(values: readonly string[]): void {
    for (const value of values) {
      if (this.#secrets.has(value)) continue;
      this.#secrets.add(value);
      this.#automaton = undefined;
    }
    for (const value of this.#secrets) {
      if (this.#secrets.size <= MOST_SECRETS) break;
      this.#secrets.delete(value);
    }
  }

  /** Takes a line as the logger writes it: JSON. */
  write(json: string): void {
    const { level, time, msg, ...more }: Record<string, unknown> = JSON.parse(json);
    const said = [
      String(msg ?? ""),
      ...Object.entries(more)
        .filter(([name]) => !PLAIN_FIELDS.has(name))
        .map(written),
    ];
    const message = cut(this.#masked(said.filter(Boolean).join(" ")));
    const bytes = Buffer.byteLength(message) + LINE_COST;
    this.#lines.push({ sequence: this.#next++, at: Number(time), level: toLevel(Number(level)), message, bytes });
    this.#bytes += bytes;
    this.#trim();
  }

  /** The worker has registered with a server that has lines up to `sequence`; 0: none. */
  resume(sequence: number): void {
    const first = this.#lines[0]?.sequence ?? this.#next;
    // Those are of an earlier start, and the clock has gone back since: these come after them all the same.
    const isOfEarlier = sequence >= this.#next || (!this.#wasResumed && sequence >= first);
    if (isOfEarlier) this.#shift(sequence + 1 - first);
    this.#wasResumed = true;
    this.#sent = sequence;
  }

  unsent(): UnsentLines {
    const lines: KeptLine[] = [];
    let bytes = 0;
    for (const line of this.#lines) {
      if (line.sequence <= this.#sent) continue;
      bytes += line.bytes;
      if (bytes > BATCH_BYTES && lines.length > 0) break;
      lines.push(line);
    }
    const from = this.#sent;
    return {
      lines: lines.map(({ sequence, at, level, message }, index) => ({
        sequence: BigInt(sequence),
        time: timestampFromMs(at),
        level,
        message,
        gapBefore: index === 0 && this.#droppedTo > from,
      })),
      taken: () => {
        this.#sent = Math.max(this.#sent, lines.at(-1)?.sequence ?? 0);
      },
    };
  }

  #trim(): void {
    while (this.#lines.length > MOST_LINES || this.#bytes > MOST_BYTES) {
      const dropped = this.#lines.shift();
      if (!dropped) return;
      this.#bytes -= dropped.bytes;
      this.#droppedTo = dropped.sequence;
    }
  }

  #shift(by: number): void {
    this.#lines = this.#lines.map((line) => ({ ...line, sequence: line.sequence + by }));
    this.#next += by;
    if (this.#droppedTo > 0) this.#droppedTo += by;
  }

  #masked(text: string): Buffer {
    const bytes = Buffer.from(text);
    if (this.#secrets.size === 0) return bytes;
    this.#automaton ??= buildAutomaton(secretPatterns([...this.#secrets]));
    const masker = new Masker(this.#automaton);
    return Buffer.concat([masker.push(bytes), masker.end()]);
  }
}

function cut(bytes: Buffer): string {
  if (bytes.length <= LINE_BYTES) return bytes.toString();
  const kept = bytes.subarray(0, LINE_BYTES - Buffer.byteLength(CUT));
  return `${kept.toString("utf8", 0, wholeCharacters(kept))}${CUT}`;
}

/** A field beside the message: `held=2`. Of an error its message alone, as traces tell those who read them here nothing. */
function written([name, value]: [string, unknown]): string {
  if (typeof value === "string") return `${name}=${value}`;
  const isError = value !== null && typeof value === "object" && "message" in value;
  return `${name}=${isError ? String(value.message) : JSON.stringify(value)}`;
}

function toLevel(level: number): LogLevel {
  if (level >= 50) return LogLevel.ERROR;
  return level >= 40 ? LogLevel.WARN : LogLevel.INFO;
}
