import { once } from "node:events";
import { createConnection, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Ask, StartAttempt } from "../../src/launcher/protocol.ts";
import { Rig } from "./rig.ts";

let rig: Rig;
let socket: Socket;
/** What came at a time. */
let parts: string[];
beforeEach(async () => {
  rig = await Rig.open("python");
  socket = createConnection({ path: rig.path("socket") });
  await once(socket, "connect");
  socket.setEncoding("utf8");
  parts = [];
  socket.on("data", (part: string) => parts.push(part));
  ask({ do: "hello" });
  await told(1);
});
afterEach(async () => {
  socket.destroy();
  await rig.close();
});

let last = 0;

/** In one piece. */
function ask(...asks: readonly Ask[]): void {
  socket.write(asks.map((one) => `${JSON.stringify({ n: ++last, ...one })}\n`).join(""));
}

const start = (attempt: StartAttempt): Ask => ({ do: "start", attempt });
const lines = () => parts.join("").split("\n").slice(0, -1);
const told = (count: number) => expect.poll(lines, { timeout: 15_000 }).toHaveLength(count);

test("a start is answered with an end that is told soon after, in order", async () => {
  const lives = rig.attempt("sleep 60");
  const cannot = rig.attempt(["/not/there"]);
  ask(start(lives), start(cannot));
  await told(4);
  const [, answer, end, failure] = lines().map((line) => JSON.parse(line));
  expect(answer.ok).toMatchObject({ id: lives.id, pid: expect.any(Number) });
  expect(end).toMatchObject({ event: "ended", ended: { id: cannot.id } });
  expect(failure.ok).toMatchObject({ id: cannot.id, error: expect.any(String) });
  const withAnswer = parts.find((part) => part.includes(lives.id));
  expect(withAnswer).toContain('"event": "ended"');
});

test("a start is answered when nothing else is told", async () => {
  const lives = rig.attempt("sleep 60");
  ask(start(lives));
  await told(2);
  expect(JSON.parse(lines()[1] ?? "").ok).toMatchObject({ id: lives.id });
});

test("the answer to a start comes before its end", async () => {
  for (let count = 1; count <= 5; count++) {
    const attempt = rig.attempt("true");
    ask(start(attempt));
    await told(1 + 2 * count);
    const [answer, end] = lines()
      .slice(-2)
      .map((line) => JSON.parse(line));
    expect(answer.ok).toMatchObject({ id: attempt.id });
    expect(end).toMatchObject({ event: "ended", ended: { id: attempt.id, code: 0 } });
  }
});
