import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** Stands between clients and a server, and remembers every byte that the server sends. */
export interface RecordingProxy {
  readonly url: string;
  /** What came from the server so far, whole connections one after the other. */
  received(): Buffer;
  close(): Promise<void>;
}

/** @param target - asked for each connection, as a server that was started again has another address */
export async function recordingProxy(target: () => string): Promise<RecordingProxy> {
  const connections: Buffer[][] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const { hostname, port } = new URL(target());
    const upstream = connect(Number(port), hostname);
    const heard: Buffer[] = [];
    connections.push(heard);
    upstream.on("data", (chunk: Buffer) => heard.push(chunk));
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
      socket.on("error", () => {
        client.destroy();
        upstream.destroy();
      });
    }
    client.pipe(upstream).pipe(client);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: () => Buffer.concat(connections.flat()),
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
