import { describe, expect, test } from "vitest";
import type { LogChunk, LogSize } from "#core/logs/log.ts";
import { LogTail, TailRoom } from "./log-tail.ts";

const size: LogSize = { bytes: 0, lines: 0, errors: 0, warnings: 0, droppedBytes: 0, droppedLines: 0 };
const kibibyte = 1024;

/** Pieces one after another, of so many bytes each. */
function pieces(offset: number, ...lengths: readonly number[]): LogChunk[] {
  let at = offset;
  return lengths.map((length) => {
    const chunk = { offset: at, nextOffset: at + length, bytes: new Uint8Array(length) };
    at += length;
    return { ...chunk, taskId: 1, attempt: 1, stream: "stdout", at: 0, firstLine: 0 };
  });
}

describe("the end of a log", () => {
  test("is told in batches that clients take, which are the same for all", () => {
    const tail = new LogTail(new TailRoom());
    tail.add(pieces(0, ...Array<number>(40).fill(64 * kibibyte)), size, 0);
    let [at, batches] = [0, 0];
    for (let next = tail.from(0); next; next = tail.from(at), batches++) {
      expect(next.chunks[0]?.offset).toBe(at);
      expect(tail.from(at)).toBe(next);
      at = next.chunks.at(-1)!.nextOffset;
      expect(at - next.chunks[0]!.offset).toBeLessThanOrEqual(256 * kibibyte);
    }
    expect([at, batches]).toEqual([2_560 * kibibyte, 10]);
  });

  test("is joined by who comes from the file, at any piece", () => {
    const tail = new LogTail(new TailRoom());
    tail.add(pieces(100, 10, 20, 30), size, 100);
    tail.add(pieces(160, 5), size, 100);
    expect(tail.from(110)?.chunks.map(({ offset }) => offset)).toEqual([110, 130]);
    expect(tail.from(160)?.chunks).toHaveLength(1);
    for (const outside of [0, 99, 111, 165]) expect(tail.from(outside)).toBeUndefined();
  });

  test("is kept for nobody who has been told of it", () => {
    const room = new TailRoom();
    const tail = new LogTail(room);
    tail.add(pieces(0, 1_000), size, 0);
    tail.add(pieces(1_000, 1_000), size, 0);
    expect(room.bytes).toBe(2_000);
    tail.add(pieces(2_000, 1_000), size, 2_000);
    expect(room.bytes).toBe(1_000);
    expect(tail.from(1_000)).toBeUndefined();
    tail.clear();
    expect(room.bytes).toBe(0);
  });

  test("is kept for who is behind as far as there is room, also beside other logs", () => {
    const room = new TailRoom(1_500 * kibibyte);
    const [one, other] = [new LogTail(room), new LogTail(room)];
    const mebibyte = Array<number>(16).fill(64 * kibibyte);
    for (let at = 0; at < 12; at++) one.add(pieces(at * 1_024 * kibibyte, ...mebibyte), size, 0);
    expect(room.bytes).toBeLessThanOrEqual(1_500 * kibibyte);
    other.add(pieces(0, ...mebibyte), size, 0);
    expect(other.from(0)).toBeDefined();
    const alone = new LogTail(new TailRoom());
    for (let at = 0; at < 12; at++) alone.add(pieces(at * 1_024 * kibibyte, ...mebibyte), size, 0);
    expect(alone.from(3 * 1_024 * kibibyte)).toBeUndefined();
    expect(alone.from(4 * 1_024 * kibibyte)).toBeDefined();
  });

  test("begins anew where something is missing before what comes", () => {
    const tail = new LogTail(new TailRoom());
    tail.add(pieces(0, 10), size, 0);
    tail.add(pieces(20, 10), size, 0);
    expect(tail.from(0)).toBeUndefined();
    expect(tail.from(20)).toBeDefined();
  });
});
