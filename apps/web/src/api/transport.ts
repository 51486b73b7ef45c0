import type { Transport } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";

/** No unary call waits longer, in milliseconds. Streams say 0 and have no deadline. */
export const callDeadline = 30_000;

/**
 * The way to the server that served this page: Connect with JSON, so that the network tab can be read.
 * Reads are plain GETs and are never answered from the browser's cache.
 *
 * @param options.binary - for much output: smaller and faster, but nothing to read
 */
export function createServerTransport({ binary = false } = {}): Transport {
  return createConnectTransport({
    baseUrl: location.origin,
    useBinaryFormat: binary,
    useHttpGet: true,
    defaultTimeoutMs: callDeadline,
    fetch: (input, init) => fetch(input, { ...init, cache: "no-store" }),
  });
}
