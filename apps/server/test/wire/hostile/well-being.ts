import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { SystemService } from "@tributary/proto/tributary/v1/system_pb";
import type { AppServer } from "../app/app-server.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** How the server does for somebody who asks politely. */
export interface WellBeing {
  /** 99th percentile of a small call's time, in milliseconds. */
  readonly p99: number;
  /** Bytes that are still in use after garbage collection. */
  readonly heap: number;
  readonly external: number;
}

/** Makes a hundred small calls one after another, on a connection of their own. */
export async function feel(server: AppServer): Promise<WellBeing> {
  const system = createClient(SystemService, createGrpcTransport({ baseUrl: server.url }));
  const times: number[] = [];
  for (let n = 0; n < 100; n++) {
    const begun = performance.now();
    await system.getSystem({});
    times.push(performance.now() - begun);
  }
  collect();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  times.sort((a, b) => a - b);
  return { p99: times[98] ?? 0, heap: heapUsed, external: external + arrayBuffers };
}

const MIB = 1024 * 1024;

/**
 * Resolves when the server does as well as before: times within a factor or what people do not notice, memory within a
 * margin, no connection but ours.
 */
export async function recovers(server: AppServer, before: WellBeing): Promise<void> {
  for (;;) {
    const now = await feel(server);
    const calm = now.p99 < Math.max(100, 3 * before.p99);
    const lean = now.heap < before.heap + 32 * MIB && now.external < before.external + 32 * MIB;
    const { waiting, http1, http2 } = server.listener.connections();
    if (calm && lean && waiting + http1 + http2 <= 16) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Makes a call again and again while something else goes on; answers the usual and the worst time in milliseconds. */
export async function timesWhile<T>(
  server: AppServer,
  something: Promise<T>,
): Promise<{ seen: T; usual: number; worst: number }> {
  const system = createClient(SystemService, createGrpcTransport({ baseUrl: server.url }));
  let over = false;
  const times: number[] = [];
  const asking = async () => {
    while (!over) {
      const begun = performance.now();
      await system.getSystem({});
      times.push(performance.now() - begun);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const asked = asking();
  asked.catch(() => {});
  try {
    const seen = await something;
    times.sort((a, b) => a - b);
    return { seen, usual: times[Math.floor(times.length / 2)] ?? 0, worst: times.at(-1) ?? 0 };
  } finally {
    over = true;
    await asked;
  }
}
