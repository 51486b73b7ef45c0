import type { Socket } from "node:net";

/** Long enough for a goodbye, short enough for a shutdown. */
const SHUTDOWN_LINGER_MS = 50;

/**
 * Ends a connection whose peer may still be sending: says goodbye, then reads and drops what comes. Closing at once would reset the connection, and the reset can overtake the answer (RFC 9112, 9.6).
 */
export function lingeringClose(socket: Socket): void {
  socket.once("end", () => socket.destroy());
  socket.end();
  // Takes the bytes away from the HTTP parser, which would stop reading for a request that nobody reads.
  socket.removeAllListeners("data");
  socket.on("data", () => {});
  socket.resume();
}

/** Gives a peer that was told goodbye `lingerMs` to close its own side, less while `closing`; many never do. */
export function limitHalfClose(socket: Socket, lingerMs: number, closing: AbortSignal): void {
  socket.once("finish", () => {
    const cut = () => socket.destroy();
    let timer = setTimeout(cut, closing.aborted ? SHUTDOWN_LINGER_MS : lingerMs);
    const hurry = () => {
      clearTimeout(timer);
      timer = setTimeout(cut, SHUTDOWN_LINGER_MS);
    };
    closing.addEventListener("abort", hurry, { once: true });
    socket.once("close", () => {
      clearTimeout(timer);
      closing.removeEventListener("abort", hurry);
    });
  });
}
