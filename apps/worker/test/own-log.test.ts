import { basename } from "node:path";
import { LogLevel } from "@tributary/proto/tributary/v1/logs_pb";
import { describe, expect, test } from "vitest";
import { OwnLog } from "../src/own-log.ts";
import { useScene } from "./use-scene.ts";

/** A line as the logger writes it. */
const json = (msg: string, more: object = {}) =>
  `${JSON.stringify({ level: 30, time: 1_700_000_000_000, pid: 1, hostname: "h", name: "worker", ...more, msg })}\n`;
const messages = (log: OwnLog) => log.unsent().lines.map(({ message }) => message);
const sequences = (log: OwnLog) => log.unsent().lines.map(({ sequence }) => Number(sequence));

describe("what a worker keeps of its own log", () => {
  test("is the message with what belongs to it, and how grave it is", () => {
    const log = new OwnLog(1);
    log.write(json("registered", { held: 2, server: "unix:/s" }));
    log.write(json("", { level: 50, err: { type: "Error", message: "no room", stack: "Error: no room\n at x" } }));
    expect(log.unsent().lines).toMatchObject([
      { sequence: 1_000n, level: LogLevel.INFO, message: "registered held=2 server=unix:/s" },
      { sequence: 1_001n, level: LogLevel.ERROR, message: "err=no room" },
    ]);
  });

  test("has no secret in it, however it is written", () => {
    const log = new OwnLog(1);
    log.hide(["trib_verysecret", 'pass"word']);
    log.write(json("with trib_verysecret", { env: { PASS: 'pass"word' } }));
    log.hide(["later-secret"]);
    log.write(json(`later-secret ${Buffer.from("trib_verysecret").toString("hex")}`));
    expect(messages(log)).toEqual(['with *** env={"PASS":"***"}', "*** ***"]);
  });

  test("is cut where a line is too long, between characters", () => {
    const log = new OwnLog(1);
    log.write(json("ä".repeat(5_000)));
    const [message = ""] = messages(log);
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(4_096);
    expect(message).toMatch(/^ä+…$/);
  });

  test("is sent in parts, from where the server has it, and says what was dropped", () => {
    const log = new OwnLog(1);
    log.resume(0);
    for (let at = 0; at < 1_500; at++) log.write(json(`line ${at} ${"x".repeat(100)}`));
    const first = log.unsent();
    expect(first.lines[0]).toMatchObject({ sequence: 1_500n, gapBefore: true });
    expect(first.lines.length).toBeGreaterThan(300);
    expect(first.lines.length).toBeLessThan(1_000);
    // Unless the server answers, the same is told again.
    expect(sequences(log)).toEqual(first.lines.map(({ sequence }) => Number(sequence)));
    const told = first.lines.length;
    first.taken();
    expect(log.unsent().lines[0]).toMatchObject({ sequence: BigInt(1_500 + told), gapBefore: false });
    log.resume(2_498);
    expect(sequences(log)).toEqual([2_499]);
    log.resume(0);
    expect(sequences(log)[0]).toBe(1_500);
  });

  test("comes after that of an earlier start, also when the clock has gone back", () => {
    const log = new OwnLog(1);
    log.write(json("one"));
    log.resume(5_000);
    expect(sequences(log)).toEqual([5_001]);
    log.write(json("two"));
    expect(sequences(log)).toEqual([5_001, 5_002]);
    const overlapping = new OwnLog(1);
    for (const text of ["one", "two", "three"]) overlapping.write(json(text));
    overlapping.resume(1_001);
    expect(sequences(overlapping)).toEqual([1_002, 1_003, 1_004]);
  });
});

const scene = useScene();

describe("a worker's own log", () => {
  test("reaches the server by heartbeats, each line once, and whole again after a restart of the server", async () => {
    const { server } = scene();
    server.leaseMs = 600;
    // A text that the worker does say.
    const token = basename(scene().root);
    const worker = scene().worker(["--token", token]);
    const registered = () => server.ownLog.filter(({ message }) => message.startsWith("registered with the server"));
    await server.until("the first lines", () => registered().length === 1);
    const runs = server.ownLog.find(({ message }) => message.startsWith("the worker runs"))?.message;
    expect(runs).toMatch(/ folder=\S*\*\*\*\/worker .*slots=4$/);
    const beats = server.heartbeats;
    await server.until("more heartbeats", () => server.heartbeats > beats + 2);
    const told = server.ownLog.map(({ sequence }) => sequence);
    expect(new Set(told).size).toBe(told.length);
    expect(told).toEqual(told.toSorted((a, b) => Number(a - b)));
    await server.stop();
    server.ownLog.length = 0;
    await server.start();
    await server.until("all lines anew", () => registered().length === 2);
    expect(server.ownLog.map(({ sequence }) => sequence).slice(0, told.length)).toEqual(told);
    for (const { message } of server.ownLog) expect(message).not.toContain(token);
    // What stands in its own output has not changed.
    expect(worker.said()).toContain('"msg":"the worker runs"');
  });

  test("ends with why it ends", async () => {
    const { server } = scene();
    const worker = scene().worker(["--on-stop", "drain"]);
    await server.until("the first lines", () => server.ownLog.length > 0);
    worker.child.kill("SIGTERM");
    await server.until("the good-bye", () => server.gone);
    expect(server.ownLog.map(({ message }) => message)).toContainEqual(expect.stringContaining("takes nothing new"));
  });
});
