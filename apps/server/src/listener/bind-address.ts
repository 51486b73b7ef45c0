import { chmodSync } from "node:fs";
import type { Server } from "node:net";
import { ListenError } from "./listen-error.ts";
import { prepareUnixSocket } from "./unix-socket.ts";

/** Where to listen: a host and TCP port (0 takes a free one), or the path of a unix socket. */
export type Address = { readonly host: string; readonly port: number } | { readonly path: string };

/**
 * Binds `server` to one address; answers with the address it got, so with the port that 0 became.
 *
 * A unix socket gets mode 0600; its folder must exist with mode 0700.
 *
 * @throws ListenError when the address is taken, not allowed or not there
 */
export async function bindAddress(server: Server, address: Address): Promise<Address> {
  if ("path" in address) await prepareUnixSocket(address.path);
  await listening(server, address);
  const bound = server.address();
  return bound !== null && typeof bound === "object" ? { host: bound.address, port: bound.port } : address;
}

function listening(server: Server, address: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) =>
      reject(new ListenError(bindFailure(address, error), { cause: error }));
    const stop = () => reject(new ListenError("the server was stopped before it listened"));
    server.once("error", fail).once("close", stop);
    server.listen({ ...address, exclusive: true }, () => {
      server.off("error", fail).off("close", stop);
      resolve();
    });
    // A path is bound within the call; its folder has kept others out so far.
    if ("path" in address && server.listening) chmodSync(address.path, 0o600);
  });
}

function bindFailure(address: Address, error: NodeJS.ErrnoException): string {
  if ("path" in address) {
    return `Cannot make the socket ${address.path} (${error.code ?? error.message}). Check that its folder can be written.`;
  }
  const { host, port } = address;
  switch (error.code) {
    case "EADDRINUSE":
      return `Port ${port} on ${host} is already in use, perhaps by another Tributary. Stop that program, or choose another port with TRIBUTARY_PORT.`;
    case "EACCES":
      return `This user may not listen on port ${port} of ${host}. Choose a port above 1023 with TRIBUTARY_PORT.`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `This machine has no address ${host} to listen on. Set TRIBUTARY_HOST to one it has, such as 127.0.0.1.`;
    default:
      return `Cannot listen on ${host} port ${port} (${error.code ?? error.message}). Check TRIBUTARY_HOST and TRIBUTARY_PORT.`;
  }
}
