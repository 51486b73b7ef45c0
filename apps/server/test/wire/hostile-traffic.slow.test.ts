import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type AppServer, startApp } from "./app/app-server.ts";
import { attack } from "./hostile/attack.ts";
import { feel, recovers, timesWhile, type WellBeing } from "./hostile/well-being.ts";

/** Milliseconds, on a machine that runs other tests too and shares two processors with the attacker. */
const bearable = 1_000;
/** Longer than this, and people think that the server is down. */
const unbearable = 10_000;

let server: AppServer;
let before: WellBeing;
beforeEach(async () => {
  server = await startApp({
    // An attacker on a busy machine takes its time to say the first word, too.
    limits: { headersMs: 1_000, firstBytesMs: 5_000, lingerMs: 500 },
    admission: { callsPerSecond: 10_000, callsAtOnce: 2_048, streamsAtOnce: 700 },
    bodies: { stallMs: 500, wholeMs: 1_500 },
    logLevel: "error",
  });
  await feel(server);
  before = await feel(server);
});
afterEach(() => server.close());

async function survive(...[name, many]: [Parameters<typeof attack>[0], number]) {
  const { seen, usual, worst } = await timesWhile(server, attack(name, server.port, many));
  expect(usual).toBeLessThan(bearable);
  expect(worst).toBeLessThan(unbearable);
  await recovers(server, before);
  expect(server.inside.faults).toEqual([]);
  expect(server.log).toEqual([]);
  return seen;
}

describe("the server answers others while it is attacked, and is as before when it is over", {
  timeout: 90_000,
}, () => {
  test("by 100 connections with 10 idle streams each: what is over the limit is turned away", async () => {
    const seen = await survive("idle streams", 100);
    expect(seen).toEqual({ open: 700, turnedAway: 300, failed: 0 });
  });

  test("by headers that come a byte at a time: they are cut", async () => {
    expect(await survive("slow headers", 300)).toEqual({ cut: 300 });
  });

  test("by messages that come a byte at a time: they are refused", async () => {
    const { answered = 0, cut = 0 } = await survive("slow bodies", 100);
    expect(answered + cut).toBe(100);
    expect(answered).toBeGreaterThanOrEqual(95);
  });

  test("by 100,000 streams that are opened and reset: their connections are ended", async () => {
    const { sent = 0, sessions = 0, cut = 0 } = await survive("resets", 100_000);
    expect(sent).toBeGreaterThanOrEqual(100_000);
    // The last one may have sent too little.
    expect(cut).toBeGreaterThanOrEqual(sessions - 1);
    expect(sent / sessions).toBeLessThanOrEqual(3_000);
  });

  test("by pings without end: their connections are told why, and ended", async () => {
    // A goodbye can be overtaken by the end of the connection that the rest of the flood causes.
    const { calm = 0, named } = await survive("pings", 50);
    expect(calm).toBeGreaterThanOrEqual(25);
    expect(named).toBe(calm);
  });

  test("by sockets that are closed half way", async () => {
    expect(await survive("half-open sockets", 300)).toEqual({ closed: 300 });
  });

  test("by headers that never end", async () => {
    expect(await survive("endless headers", 20)).toMatchObject({ cut: 20 });
  });

  test("by messages that say they have 4 GiB", async () => {
    expect(await survive("length prefixes", 60)).toEqual({ refused: 60, other: 0 });
  });
});
