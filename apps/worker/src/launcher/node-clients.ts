import { chmodSync, linkSync, lstatSync, renameSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { openConnection } from "./connection.ts";
import type { Message, Request } from "./protocol.ts";
import { LINE_LIMIT, readLines } from "./read-lines.ts";

/** Thrown by a request that is not carried out; the message is the answer. */
export class Refused extends Error {}

/** The connections of the Node launcher: everyone may come, the one that said hello last is served. */
export class NodeClients {
  #worker: Socket | undefined;
  readonly #obey: (request: Request) => unknown;
  readonly #changed: () => void;

  /** `obey` may throw `Refused`; `changed` is called when the worker came or went. */
  constructor(server: Server, obey: (request: Request) => unknown, changed: () => void) {
    this.#obey = obey;
    this.#changed = changed;
    server.on("connection", (socket) => this.#accept(socket));
  }

  get served(): boolean {
    return this.#worker !== undefined;
  }

  tellWorker(message: Message): void {
    if (this.#worker) tell(this.#worker, message);
  }

  #accept(socket: Socket): void {
    // Whatever a client does, the launcher goes on.
    socket.on("error", () => {});
    socket.on("close", () => {
      if (this.#worker !== socket) return;
      this.#worker = undefined;
      this.#changed();
    });
    readLines(socket, (line) => void this.#answer(socket, line));
  }

  async #answer(socket: Socket, line: string): Promise<void> {
    let n: number | null = null;
    try {
      const request = JSON.parse(line) as Request;
      n = request.n ?? null;
      if (request.do === "hello") this.#takeOver(socket);
      else if (this.#worker !== socket) {
        throw new Refused("say hello first: only the connection that said it last is served");
      }
      tell(socket, { n: request.n, ok: ((await this.#obey(request)) ?? null) as never });
    } catch (error) {
      const text = error instanceof Refused ? error.message : `not a request that is understood here: ${error}`;
      tell(socket, { n, refused: text });
    }
  }

  #takeOver(socket: Socket): void {
    const before = this.#worker;
    this.#worker = socket;
    this.#changed();
    if (before === undefined || before === socket) return;
    tell(before, { event: "replaced" });
    before.destroySoon();
  }
}

function tell(socket: Socket, message: Message): void {
  if (!socket.writable) return;
  socket.write(`${JSON.stringify(message)}\n`);
  if (socket.writableLength > LINE_LIMIT) socket.destroy();
}

/** Listens where nobody does; false when a launcher answers there. */
export async function listenAlone(path: string): Promise<Server | false> {
  const own = `${path}.${process.pid}`;
  const server = createServer();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(own, resolve);
  await promise;
  chmodSync(own, 0o600);
  try {
    for (;;) {
      if (publish(own, path)) return server;
      const stale = lstatSync(path, { throwIfNoEntry: false })?.ino;
      const connection = await openConnection(path, { message: () => {}, closed: () => {} });
      connection?.close();
      if (connection !== undefined) {
        server.close();
        return false;
      }
      if (stale !== undefined) removeStale(path, stale, `${own}.old`);
    }
  } finally {
    rmSync(own, { force: true });
  }
}

/** Gives the socket its name, unless the name is taken. */
function publish(own: string, path: string): boolean {
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Removes a dead socket; what another launcher put in its place meanwhile is put back. */
function removeStale(path: string, stale: number, aside: string): void {
  try {
    renameSync(path, aside);
    if (lstatSync(aside).ino !== stale) publish(aside, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}
