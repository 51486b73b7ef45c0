import { createConnection, type Socket } from "node:net";
import type { Message } from "./protocol.ts";
import { readLines } from "./read-lines.ts";

/** How long a line waits for others, in milliseconds. */
const WAIT_MS = 20;

/** What happens on a connection. */
export interface ConnectionEvents {
  message(message: Message): void;
  /** Once, and nothing after it. */
  closed(): void;
}

/** A connection to a launcher. */
export interface Connection {
  /** Sends lines in the order of the calls. @param mayWait - for the next line that may not, or a moment */
  send(line: string, mayWait?: boolean): void;
  close(): void;
}

/** Connects to whoever listens on the path; undefined when nobody does. Rejects when that cannot be told. */
export async function openConnection(path: string, events: ConnectionEvents): Promise<Connection | undefined> {
  const socket = await connect(path);
  if (socket === undefined) return undefined;
  readLines(socket, (line) => {
    const message = parse(line);
    if (message !== undefined) events.message(message);
  });
  socket.on("close", () => events.closed());
  return { send: sender(socket), close: () => void socket.destroy() };
}

/** Sends all lines of one turn at once: each waking of the launcher costs about as much as a line. */
function sender(socket: Socket): Connection["send"] {
  let lines = "";
  let isDue = false;
  let waiting: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(waiting);
    waiting = undefined;
    isDue = false;
    const all = lines;
    lines = "";
    if (all !== "" && !socket.destroyed) socket.write(all);
  };
  return (line, mayWait = false) => {
    lines += `${line}\n`;
    if (mayWait) {
      waiting ??= setTimeout(flush, WAIT_MS);
    } else if (!isDue) {
      isDue = true;
      process.nextTick(flush);
    }
  };
}

function connect(path: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ path });
    const fail = (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ECONNREFUSED") resolve(undefined);
      else reject(error);
    };
    socket.once("error", fail);
    socket.once("connect", () => {
      socket.off("error", fail);
      socket.on("error", () => {}); // "close" follows
      resolve(socket);
    });
  });
}

function parse(line: string): Message | undefined {
  try {
    return JSON.parse(line) as Message;
  } catch {
    return undefined; // the last line of a launcher that was killed while it wrote
  }
}
