import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import {
  create,
  type DescMessage,
  fromBinary,
  fromJson,
  type JsonValue,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import {
  type Assignment,
  AssignmentSchema,
  type AttemptRef,
  type AttemptReport,
  AttemptReportSchema,
} from "@tributary/proto/tributary/v1/dispatch_pb";
import type { AttemptPhase } from "@tributary/proto/tributary/v1/tasks_pb";
import type { Excess } from "./usage/usage-sampler.ts";

/** What a worker must know of an attempt after a restart. Secret values are not among it. */
export interface AttemptRecord {
  readonly assignment: Assignment;
  /** No worker has touched it before this one. */
  readonly isNew: boolean;
  /** In the order of their sequence numbers; acknowledged ones are here too. */
  readonly reports: readonly AttemptReport[];
  /** The launcher was, or was about to be, told to start it. */
  readonly starting: boolean;
  readonly started: StartedRecord | undefined;
  /** Ids of the GPUs that it has. */
  readonly gpus: readonly string[];
  /** Folder of the environment that it uses. */
  readonly environment: string | undefined;
  /** Why it is being ended before its time. */
  readonly stopping: StopCause | undefined;
  /** See `LogSender.align`. */
  readonly shift: number;
}

/** The process of an attempt, as the launcher named it. */
export interface StartedRecord {
  readonly pid: number;
  readonly startTime: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** Folders of its control groups. */
  readonly groups?: readonly string[] | undefined;
}

export type StopCause = "cancelled" | "timed-out" | "handed-back" | "put-back" | Excess;

type Entry =
  | { readonly assigned: JsonValue }
  | { readonly report: JsonValue }
  | { readonly phase: PhaseEntry }
  | { readonly starting: { readonly environment?: string; readonly gpus?: readonly string[] } }
  | { readonly started: StartedRecord }
  | { readonly stopping: StopCause }
  | { readonly shift: number };

/** A report of a phase and no more, in less than a message takes. */
interface PhaseEntry {
  readonly sequence: number;
  readonly phase: AttemptPhase;
  /** Milliseconds since 1970. */
  readonly at?: number;
}

const LENIENT = { ignoreUnknownFields: true };

/** Name of the journal in an attempt's folder. */
export const JOURNAL_FILE = "journal";

/**
 * One attempt's journal: a file of JSON lines that only grows. A line is written before what it tells is done or told
 * to anybody, and is in the page cache then, which is enough to outlive a killed worker. What nobody was told is known
 * elsewhere until then: an assignment to the server, what was started to the launcher. So such lines wait for the next.
 */
export class AttemptJournal {
  #file: number | undefined;
  readonly #onFailed: (error: unknown) => void;
  /** Lines that go with the next one. */
  #held = "";

  /**
   * @param onFailed - is told what could not be written; `assigned` and `starting` throw instead
   * @param file - of the journal, where it is open
   */
  constructor(folder: string, onFailed: (error: unknown) => void, file?: number) {
    this.#onFailed = onFailed;
    this.#file = file ?? openSync(join(folder, JOURNAL_FILE), "a", 0o600);
  }

  /** @param mayWait - is written with the next line, or by {@link flush} */
  assigned(assignment: Assignment, mayWait = false): void {
    const entry = { assigned: written(AssignmentSchema, assignment) };
    if (mayWait) this.#held += lineOf(entry);
    else this.#write(entry);
  }

  /** An end is written at once, a phase with the next line, or by {@link flush}. */
  report(report: AttemptReport): void {
    if (report.end) this.#try(() => this.#write({ report: written(AttemptReportSchema, report) }));
    else this.#held += lineOf(report.environment ? { report: written(AttemptReportSchema, report) } : phaseOf(report));
  }

  /** To be called before anything is told of what was written down. */
  flush(): void {
    if (this.#held !== "") this.#try(() => this.#append(""));
  }

  starting(environment: string | undefined, gpus: readonly string[] = []): void {
    const chosen = gpus.length === 0 ? {} : { gpus };
    this.#write({ starting: environment === undefined ? chosen : { environment, ...chosen } });
  }

  /** Goes with the report that follows: without it, the launcher knows, or the environment of what it left. */
  started({ pid, startTime, startedAt, groups }: StartedRecord): void {
    this.#held += lineOf({ started: { pid, startTime, startedAt, groups } });
  }

  stopping(cause: StopCause): void {
    this.#try(() => this.#write({ stopping: cause }));
  }

  shift(shift: number): void {
    this.#try(() => this.#write({ shift }));
  }

  close(): void {
    this.flush();
    const file = this.release();
    if (file !== undefined) closeSync(file);
  }

  /** Ends with the file left open, for whoever calls; undefined when it has ended before. */
  release(): number | undefined {
    const file = this.#file;
    this.#file = undefined;
    return file;
  }

  /** Without room on the disk the attempt still goes on; only a worker that dies now would have to run after it. */
  #try(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#onFailed(error);
    }
  }

  #write(entry: Entry): void {
    this.#append(lineOf(entry));
  }

  #append(line: string): void {
    if (this.#file === undefined) return;
    writeSync(this.#file, this.#held + line);
    this.#held = "";
  }
}

function phaseOf({ sequence, phase, time }: AttemptReport): Entry {
  return { phase: { sequence, phase, ...(time ? { at: timestampMs(time) } : {}) } };
}

function lineOf(entry: Entry): string {
  return `${JSON.stringify(entry)}\n`;
}

/** Reads a journal; undefined when there is none with a whole first line, or it is another version's. */
export function readJournal(folder: string): AttemptRecord | undefined {
  const entries = readEntries(folder);
  const [first] = entries;
  if (!first || !("assigned" in first)) return undefined;
  const all = <K extends string>(key: K) =>
    entries.filter((entry): entry is Extract<Entry, Record<K, unknown>> => key in entry);
  try {
    const assignment = read(AssignmentSchema, first.assigned);
    return {
      assignment,
      isNew: false,
      reports: entries.flatMap((entry) => reportOf(entry, assignment.attempt)),
      starting: all("starting").length > 0,
      gpus: all("starting").at(-1)?.starting.gpus ?? [],
      environment: all("starting").at(-1)?.starting.environment,
      started: all("started").at(-1)?.started,
      stopping: all("stopping").at(-1)?.stopping,
      shift: all("shift").at(-1)?.shift ?? 0,
    };
  } catch {
    return undefined;
  }
}

function reportOf(entry: Entry, attempt: AttemptRef | undefined): AttemptReport[] {
  if ("report" in entry) return [read(AttemptReportSchema, entry.report)];
  if (!("phase" in entry) || !attempt) return [];
  const { sequence, phase, at } = entry.phase;
  const time = at === undefined ? {} : { time: timestampFromMs(at) };
  return [create(AttemptReportSchema, { attempt, sequence, phase, ...time })];
}

/** In binary form, which takes a fraction of the time that JSON takes. */
function written<D extends DescMessage>(schema: D, message: MessageShape<D>): string {
  return Buffer.from(toBinary(schema, message)).toString("base64");
}

/** Workers of earlier versions wrote JSON. */
function read<D extends DescMessage>(schema: D, value: JsonValue): MessageShape<D> {
  if (typeof value === "string") return fromBinary(schema, Buffer.from(value, "base64"));
  return fromJson(schema, value, LENIENT);
}

function readEntries(folder: string): Entry[] {
  try {
    // What follows the last line end was being written when the worker died: it did not happen.
    return readFileSync(join(folder, JOURNAL_FILE), "utf8")
      .split("\n")
      .slice(0, -1)
      .map((line): Entry => JSON.parse(line));
  } catch {
    return [];
  }
}
