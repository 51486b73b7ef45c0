import { type Load, loadWith } from "./load.ts";
import { RawCalls } from "./raw-calls.ts";

/** Callers that share a connection: servers allow so many streams on one. */
const callersEach = 100;

/** So many callers, each of which calls again as soon as it is answered. */
export async function loadFrom(
  callers: number,
  {
    url,
    protocol,
    socketPath,
  }: { readonly url: string; readonly protocol: "connect" | "grpc"; readonly socketPath?: string },
  call: (calls: RawCalls, n: number) => Promise<unknown>,
  seconds: number,
): Promise<Load> {
  const pool = Array.from({ length: Math.ceil(callers / callersEach) }, () => new RawCalls(url, protocol, socketPath));
  try {
    return await loadWith((n) => call(pool[n % pool.length]!, n), { atOnce: callers, seconds, warmUp: 1 });
  } finally {
    for (const calls of pool) calls.close();
  }
}
