import { closeSync, constants, openSync } from "node:fs";
import { Socket } from "node:net";

/** Which of the two pipes bytes came from. */
export type PipeName = "out" | "err";

/** An attempt's output, being read. */
export interface AttemptOutput {
  /** Gives no more bytes; the attempt waits once its pipe (64 KiB on Linux) is full. */
  pause(): void;
  resume(): void;
  /** Resolves after the last byte of both pipes was given. Rejects when reading fails. */
  drained(): Promise<void>;
  /**
   * For an end with `left`, after which the end of the pipes may never come: from now on a pipe that gives nothing for
   * a quarter of a second while it is not paused counts as drained.
   */
  settle(): void;
  /** Stops reading; unread bytes stay in the pipes, but for the chunk in hand. `drained` resolves. */
  close(): void;
}

const QUIET_MS = 250;
const { O_RDONLY, O_WRONLY, O_NONBLOCK } = constants;

/**
 * Reads the two named pipes of an attempt without blocking, and gives their bytes in order to `take`.
 *
 * The launcher holds a writer of each pipe until nothing of the attempt lives any more, then closes it; and it holds a
 * reader until the attempt is forgotten. So the end of the file comes exactly once, after the last byte, whether
 * this begins before the attempt's first byte or after its end was told; and bytes survive a worker that dies.
 *
 * Throws when a pipe cannot be opened (`ENOENT`: the attempt was forgotten, or its pipes could not be made).
 */
export function readPipes(
  paths: { readonly out: string; readonly err: string },
  take: (pipe: PipeName, bytes: Buffer) => void,
): AttemptOutput {
  const out = openPipe(paths.out);
  const err = paths.err === paths.out ? undefined : openOther(paths.err, out);
  const sockets = err ? [out, err] : [out];
  const each = (act: (socket: Socket) => void) => {
    for (const socket of sockets) act(socket);
  };
  const ended = Promise.all(sockets.map(waitForEnd));
  ended.catch(() => {}); // told by `drained`
  out.on("data", (bytes: Buffer) => take("out", bytes));
  err?.on("data", (bytes: Buffer) => take("err", bytes));
  return {
    pause: () => each((socket) => void socket.pause()),
    resume: () => each((socket) => void socket.resume()),
    drained: async () => void (await ended),
    settle: () => each(endWhenQuiet),
    close: () => each((socket) => void socket.destroy()),
  };
}

function openPipe(path: string): Socket {
  const fd = openSync(path, O_RDONLY | O_NONBLOCK);
  try {
    // A reader that was opened after the last writer closed is never told of the end of the file (Linux reports it
    // only when a writer was there since): so one comes and goes.
    closeSync(openSync(path, O_WRONLY | O_NONBLOCK));
    return new Socket({ fd, readable: true, writable: false });
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function openOther(path: string, opened: Socket): Socket {
  try {
    return openPipe(path);
  } catch (error) {
    opened.destroy();
    throw error;
  }
}

function waitForEnd(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.on("error", reject);
    socket.on("close", () => resolve());
  });
}

function endWhenQuiet(socket: Socket): void {
  const timer = setTimeout(() => {
    const before = socket.bytesRead;
    // When the loop was held up, the timer comes before bytes that wait in the pipe: they are read by the next turn.
    setImmediate(() => {
      if (socket.isPaused() || socket.bytesRead > before) timer.refresh();
      else socket.destroy();
    });
  }, QUIET_MS);
  socket.on("data", () => timer.refresh());
  socket.on("close", () => clearTimeout(timer));
}
