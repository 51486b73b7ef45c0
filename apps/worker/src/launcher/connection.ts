import { createConnection, type Socket } from "node:net";
import type { Message } from "./protocol.ts";
import { readLines } from "./read-lines.ts";

/** What happens on a connection. */
export interface ConnectionEvents {
  message(message: Message): void;
  /** Once, and nothing after it. */
  closed(): void;
}

/** A connection to a launcher. */
export interface Connection {
  send(line: string): void;
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
  return {
    send: (line) => void socket.write(`${line}\n`),
    close: () => void socket.destroy(),
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
