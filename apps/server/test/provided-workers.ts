import { once } from "node:events";
import { createServer } from "node:net";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { ProvidedWorkerState, type Worker, WorkerService } from "@tributary/proto/tributary/v1/workers_pb";
import { expect } from "vitest";
import type { ServerProcess } from "#test/server-process.ts";

export const patience = { timeout: 120_000, interval: 200 };

export const workersOf = (server: ServerProcess) =>
  createClient(WorkerService, createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" }));

/** All that providers have given, by number. */
export async function providedBy(server: ServerProcess): Promise<readonly Worker[]> {
  const { workers } = await workersOf(server).listWorkers({});
  return workers.filter(({ provided }) => provided).sort((a, b) => a.number - b.number);
}

export async function statesBy(server: ServerProcess): Promise<readonly string[]> {
  return (await providedBy(server)).map(({ provided }) => ProvidedWorkerState[provided?.state ?? 0] ?? "");
}

/** Waits until all provided workers are in this state. */
export async function untilAll(server: ServerProcess, state: string): Promise<void> {
  const states = async () => [...new Set(await statesBy(server))];
  await expect.poll(states, patience).toEqual([state]);
}

/** Gives all of them back, whatever they run, and waits until they are gone. */
export async function giveBack(server: ServerProcess): Promise<void> {
  for (const { id } of await providedBy(server)) await workersOf(server).deleteWorker({ id, force: true });
  await expect.poll(async () => (await statesBy(server)).filter((state) => state !== "STOPPED"), patience).toEqual([]);
}

/** A port that was free a moment ago, for a server that is to be found again at its address. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port is free");
  return address.port;
}
