import { once } from "node:events";
import { connect, type Socket, type SocketConstructorOpts } from "node:net";

/** A plain socket that keeps what it was sent, to say what no well-behaved client would. */
export interface RawClient {
  readonly socket: Socket;
  readonly received: () => string;
  /** Waits until what was received contains `text`. */
  sees(text: string): Promise<void>;
  /** Waits until the server has closed its side or reset the connection. */
  ended(): Promise<void>;
}

export async function rawClient(target: number | string, options: SocketConstructorOpts = {}): Promise<RawClient> {
  const address = typeof target === "number" ? { port: target, host: "127.0.0.1" } : { path: target };
  const socket = connect({ ...options, ...address });
  let received = "";
  let over = false;
  socket.on("data", (chunk) => {
    received += chunk.toString("latin1");
  });
  const ended = new Promise<void>((resolve) => {
    const end = () => {
      over = true;
      resolve();
    };
    socket.on("end", end).on("close", end).on("error", end);
  });
  await once(socket, "connect");
  return {
    socket,
    received: () => received,
    async sees(text) {
      while (!received.includes(text)) {
        if (over) throw new Error(`the connection ended after ${JSON.stringify(received.slice(0, 500))}`);
        await Promise.race([once(socket, "data"), ended]);
      }
    },
    ended: () => ended,
  };
}
