import { closeSync, constants, openSync, readSync } from "node:fs";
import { Socket } from "node:net";

/** Shared by all readers: what was read into it is copied out in the same turn. */
const BUFFER = Buffer.allocUnsafeSlow(64 * 1024);
const QUIET_MS = 250;
const { O_RDONLY, O_WRONLY, O_NONBLOCK } = constants;

/**
 * Reads one named pipe without blocking and gives its bytes in order to `take`, in the turn of the loop in which they
 * leave the pipe. Nothing is ever read ahead: what was not given is in the pipe still, where a killed worker leaves it
 * for the next one. Only a worker that is killed in the moment between a read and the write to the spool loses that read.
 *
 * The launcher holds a writer until nothing of the attempt lives any more, and a reader until the attempt is forgotten:
 * the end of the file comes once, after the last byte.
 */
export class PipeReader {
  /** Fulfilled when the last byte was given, or the reader was closed; rejects when reading fails. */
  readonly ended: Promise<void>;
  readonly #path: string;
  readonly #take: (bytes: Uint8Array) => void;
  readonly #settled = Promise.withResolvers<void>();
  /** Open until the pipe is read by the socket, or is not read any more. */
  #file: number | undefined;
  #socket: Socket | undefined;
  #paused = false;

  /** Opens a pipe; it is read by {@link begin} or {@link readRest}. @throws Error `ENOENT` when there is no such pipe */
  constructor(path: string, take: (bytes: Uint8Array) => void) {
    this.#path = path;
    this.#take = take;
    this.#file = openSync(path, O_RDONLY | O_NONBLOCK);
    this.ended = this.#settled.promise;
    this.ended.catch(() => undefined);
  }

  /** Reads from now on. */
  begin(): void {
    const fd = this.#file;
    if (fd === undefined) return;
    // Linux tells a reader of the end only when there was a writer since it opened the pipe: so one comes and goes.
    closeSync(openSync(this.#path, O_WRONLY | O_NONBLOCK));
    this.#file = undefined;
    const onread = {
      buffer: BUFFER,
      callback: (size: number, buffer: Uint8Array): boolean => {
        this.#take(Buffer.from(buffer.subarray(0, size)));
        return !this.#paused;
      },
    };
    const { resolve, reject } = this.#settled;
    this.#socket = new Socket({ fd, readable: true, writable: false, onread });
    this.#socket.on("error", reject).on("close", () => resolve());
    this.#socket.resume();
  }

  /**
   * Reads what is in the pipe of a process that is over, of which nothing was read. Where that is little, this takes a
   * fraction of what waiting for it does.
   *
   * @returns whether that was all: false while something may still write
   */
  readRest(): boolean {
    if (this.#file === undefined) return true;
    for (;;) {
      const size = readSome(this.#file);
      if (size === undefined) return false;
      if (size === 0) break;
      this.#take(Buffer.from(BUFFER.subarray(0, size)));
    }
    this.close();
    return true;
  }

  /** Leaves what comes in the pipe; once that is full, its writer waits. */
  pause(): void {
    this.#paused = true;
    this.#socket?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#socket?.resume();
  }

  /** For a pipe that a process may hold open for ever: it counts as ended when it gives nothing for a quarter of a second. */
  settle(): void {
    const socket = this.#socket;
    if (!socket) return;
    let before = -1;
    const look = setInterval(() => {
      if (!this.#paused && socket.bytesRead === before) socket.destroy();
      before = socket.bytesRead;
    }, QUIET_MS);
    socket.on("close", () => clearInterval(look));
  }

  /** Stops reading; the rest stays in the pipe. */
  close(): void {
    this.#socket?.destroy();
    if (this.#file === undefined) return;
    closeSync(this.#file);
    this.#file = undefined;
    this.#settled.resolve();
  }
}

/** Bytes that were read into the buffer, 0 at the end; undefined when there are none now, but may be. */
function readSome(fd: number): number | undefined {
  try {
    return readSync(fd, BUFFER);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return undefined;
    throw error;
  }
}
