import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** From the worker to the server, or back. */
export type Direction = "up" | "down";

/** How a link behaves at the moment. */
export interface Weather {
  /** Milliseconds that every piece takes longer. */
  readonly delay: number;
  /** Each way; unset means as many as there are. */
  readonly bytesPerSecond?: number;
  /** Nothing gets through this way, and nobody is told. */
  readonly stalled: readonly Direction[];
  /** That one side has ended its connection is not told to the other. */
  readonly swallowsEnds: boolean;
}

export const fair: Weather = { delay: 0, stalled: [], swallowsEnds: false };

/** A network between a worker and its server that can be made to fail: it passes bytes on, late, slowly or not at all. */
export class FaultyLink {
  readonly url: string;
  readonly #server: Server;
  readonly #target: () => string;
  readonly #sockets = new Set<Socket>();
  #weather: Weather = fair;
  #changed = Promise.withResolvers<void>();
  #passed = 0;

  private constructor(server: Server, target: () => string) {
    this.#server = server;
    this.#target = target;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** @param target - the server's address, asked for each connection */
  static async open(target: () => string): Promise<FaultyLink> {
    const waiting = { join: (_: Socket): void => undefined };
    const server = createServer({ allowHalfOpen: true }, (socket) => waiting.join(socket));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const link = new FaultyLink(server, target);
    waiting.join = (socket) => link.#join(socket);
    return link;
  }

  set(weather: Partial<Weather>): void {
    this.#weather = { ...fair, ...weather };
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** Bytes that came through to the worker. */
  get passed(): number {
    return this.#passed;
  }

  /** Ends every connection in the hard way, to both sides. */
  reset(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    this.set({});
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #join(client: Socket): void {
    const { hostname, port } = new URL(this.#target());
    const upstream = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", (failed) => {
        this.#sockets.delete(socket);
        // A half that broke is not told either in weather that swallows ends.
        if (failed && !this.#weather.swallowsEnds) other.destroy();
      });
    }
    void this.#pass(client, upstream, "up");
    void this.#pass(upstream, client, "down");
  }

  async #pass(from: Socket, to: Socket, direction: Direction): Promise<void> {
    try {
      for await (const piece of from as AsyncIterable<Buffer>) {
        await this.#travel(piece.length, direction);
        if (direction === "down") this.#passed += piece.length;
        if (!to.write(piece)) await Promise.race([once(to, "drain"), once(to, "close")]);
      }
      await this.#travel(0, direction);
    } catch {
      // Told by the socket's own end.
    }
    if (!this.#weather.swallowsEnds) to.end();
  }

  /** The time that so many bytes take. */
  async #travel(bytes: number, direction: Direction): Promise<void> {
    while (this.#weather.stalled.includes(direction)) await this.#changed.promise;
    const { delay, bytesPerSecond } = this.#weather;
    const takes = delay + (bytesPerSecond === undefined ? 0 : (bytes / bytesPerSecond) * 1_000);
    if (takes > 0) await sleep(takes);
  }
}
