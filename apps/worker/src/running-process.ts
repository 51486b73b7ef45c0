import type { Duration } from "@bufbuild/protobuf/wkt";
import { LogStream } from "@tributary/proto/tributary/v1/logs_pb";
import type { AttemptFolder } from "./attempt-folder.ts";
import type { StartedRecord } from "./journal.ts";
import type { Launching, ProcessEnd } from "./launching.ts";
import type { AttemptOutput } from "./output/attempt-output.ts";
import { PipeReader } from "./output/pipe-reader.ts";
import { watchTimeLimit } from "./time-limit.ts";
import { abortable } from "./uplink.ts";

interface RunningProcessOptions {
  readonly id: string;
  readonly launching: Pick<Launching, "signal" | "end">;
  readonly folder: AttemptFolder;
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly graceMs: number;
  readonly output: Pick<AttemptOutput, "write">;
}

/** Until its pipes are opened, in milliseconds. */
const MOMENT_MS = 25;

/** The process of an attempt, under the launcher: ends it when asked to, reads its output to the last byte. */
export class RunningProcess {
  readonly #options: RunningProcessOptions;
  #pipes: readonly PipeReader[] = [];
  /** What comes is thrown away. */
  #drop = false;
  /** Why its output cannot be read. */
  #fault: unknown;
  /** Begins to read, unless the process is over before. */
  #beginning: NodeJS.Timeout | undefined;
  #unwatch = (): void => undefined;
  #held = false;
  #ending = false;
  #wasSignalled = false;

  constructor(options: RunningProcessOptions) {
    this.#options = options;
  }

  /** It was signalled by {@link end} while it still lived. */
  get wasSignalled(): boolean {
    return this.#wasSignalled;
  }

  /** Ends it and all that belongs to it: SIGTERM, and SIGKILL after the grace time, or at once. */
  end(atOnce = false): void {
    if (this.#ending) return;
    this.#ending = true;
    const { launching, id, graceMs } = this.#options;
    void launching.signal(id, atOnce ? "KILL" : "TERM").then((there) => {
      this.#wasSignalled ||= there;
    });
    const timer = setTimeout(() => void launching.signal(id, "KILL"), graceMs);
    void launching.end(id).then(() => clearTimeout(timer));
  }

  /** Has `over` called when it has run for `limit`, as long as it lives. */
  watch(limit: Duration | undefined, started: StartedRecord, over: () => void): void {
    const unwatch = watchTimeLimit(limit, started, over);
    void this.#options.launching.end(this.#options.id).then(unwatch, unwatch);
    this.#unwatch = unwatch;
  }

  /**
   * Opens its pipes and reads them, after a moment: many processes are over by then, and have mostly written nothing.
   * `drop` throws away what comes.
   */
  read(drop = false): void {
    this.#drop = drop;
    this.#beginning = setTimeout(() => {
      try {
        this.#open();
        this.#begin();
      } catch (error) {
        // Nobody would read what it writes, so it would wait for ever.
        this.#fault = error;
        this.end();
      }
    }, MOMENT_MS);
  }

  /** Stops and resumes reading; meanwhile the pipes fill, and then the process waits. */
  hold(hold: boolean): void {
    this.#held = hold;
    if (this.#beginning) return;
    for (const pipe of this.#pipes) {
      if (hold) pipe.pause();
      else pipe.resume();
    }
  }

  /** Waits until nothing of it lives and all its output was read. @throws the reason of the signal */
  async ended(signal: AbortSignal): Promise<ProcessEnd> {
    const { launching, id } = this.#options;
    const end = await abortable(launching.end(id), signal);
    if (this.#fault) throw this.#fault;
    if (this.#beginning) {
      if (hasNothingToRead(end)) return end;
      this.#open();
      if (this.#pipes.every((pipe) => pipe.readRest())) return end;
      this.#begin();
    }
    if (!("lost" in end) && end.left) for (const pipe of this.#pipes) pipe.settle();
    // The launcher held the writing ends; with it gone, they are closed all the same.
    await abortable(Promise.all(this.#pipes.map(({ ended }) => ended)), signal);
    return end;
  }

  #open(): void {
    const { folder, output } = this.#options;
    const open = (path: string, stream: LogStream) =>
      new PipeReader(path, (bytes) => {
        if (!this.#drop) output.write(stream, bytes);
      });
    this.#pipes = [open(folder.out, LogStream.STDOUT)];
    this.#pipes = [...this.#pipes, open(folder.err, LogStream.STDERR)];
  }

  #begin(): void {
    clearTimeout(this.#beginning);
    this.#beginning = undefined;
    for (const pipe of this.#pipes) pipe.begin();
    if (this.#held) this.hold(true);
  }

  /** Stops reading and watching. The process goes on. */
  close(): void {
    this.#unwatch();
    clearTimeout(this.#beginning);
    for (const pipe of this.#pipes) pipe.close();
  }
}

/** Its pipes are empty, and nobody is left to write into them. */
function hasNothingToRead(end: ProcessEnd): boolean {
  return !("lost" in end) && end.unread === 0 && !end.left;
}
