import { closeSync, constants, openSync } from "node:fs";
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
  readonly #socket: Socket;
  #paused = false;

  /** @throws Error `ENOENT` when there is no such pipe */
  constructor(path: string, take: (bytes: Uint8Array) => void) {
    const onread = {
      buffer: BUFFER,
      callback: (size: number, buffer: Uint8Array): boolean => {
        take(Buffer.from(buffer.subarray(0, size)));
        return !this.#paused;
      },
    };
    this.#socket = new Socket({ fd: openPipe(path), readable: true, writable: false, onread });
    this.ended = new Promise((resolve, reject) => {
      this.#socket.on("error", reject).on("close", () => resolve());
    });
    this.ended.catch(() => undefined);
    this.#socket.resume();
  }

  /** Leaves what comes in the pipe; once that is full, its writer waits. */
  pause(): void {
    this.#paused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#socket.resume();
  }

  /** For a pipe that a process may hold open for ever: it counts as ended when it gives nothing for a quarter of a second. */
  settle(): void {
    let before = -1;
    const look = setInterval(() => {
      if (!this.#paused && this.#socket.bytesRead === before) this.#socket.destroy();
      before = this.#socket.bytesRead;
    }, QUIET_MS);
    this.#socket.on("close", () => clearInterval(look));
  }

  /** Stops reading; the rest stays in the pipe. */
  close(): void {
    this.#socket.destroy();
  }
}

function openPipe(path: string): number {
  const fd = openSync(path, O_RDONLY | O_NONBLOCK);
  try {
    // Linux tells a reader of the end only when there was a writer since it opened the pipe: so one comes and goes.
    closeSync(openSync(path, O_WRONLY | O_NONBLOCK));
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}
