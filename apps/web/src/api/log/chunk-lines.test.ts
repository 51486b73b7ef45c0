import { create } from "@bufbuild/protobuf";
import { LogChunkSchema, LogStream } from "@tributary/proto/tributary/v1/logs_pb";
import { expect, test } from "vitest";

import { ChunkLines, type LineRun } from "#api/log/chunk-lines.ts";

const encoder = new TextEncoder();

function piece(firstLine: number, content: string | Uint8Array<ArrayBuffer>, stream = LogStream.STDOUT) {
  return create(LogChunkSchema, {
    firstLine,
    stream,
    attempt: 1,
    content: typeof content === "string" ? encoder.encode(content) : content,
  });
}

function texts({ from, lines }: LineRun): [number, ...string[]] {
  return [from, ...lines.map((line) => line.text)];
}

test("whole lines", () => {
  expect(texts(new ChunkLines().take(piece(3, "a\nb\n")))).toEqual([3, "a", "b"]);
});

test("a line that comes in pieces grows", () => {
  const lines = new ChunkLines();
  expect(texts(lines.take(piece(0, "a\nhal")))).toEqual([0, "a", "hal"]);
  expect(texts(lines.take(piece(1, "f")))).toEqual([1, "half"]);
  expect(texts(lines.take(piece(1, "!\nnext\n")))).toEqual([1, "half!", "next"]);
});

test("a character that comes in pieces", () => {
  const bytes = encoder.encode("5 €\n");
  const lines = new ChunkLines();
  expect(texts(lines.take(piece(0, bytes.slice(0, 3))))).toEqual([0, "5 "]);
  expect(texts(lines.take(piece(0, bytes.slice(3))))).toEqual([0, "5 €"]);
});

test("an unfinished line does not run into one with another number", () => {
  const lines = new ChunkLines();
  lines.take(piece(0, "out"));
  const run = lines.take(piece(1, "err\n", LogStream.STDERR));
  expect(texts(run)).toEqual([1, "err"]);
  expect(run.lines[0]?.stream).toBe("stderr");
});

test("a very long line is cut and what is missing is counted", () => {
  const lines = new ChunkLines();
  lines.take(piece(0, "x".repeat(65_000)));
  const { lines: run } = lines.take(piece(0, "y".repeat(1000)));
  expect(run[0]?.text.length).toBe(65_536);
  expect(run[0]?.cut).toBe(464);
});

test("an empty line is a line", () => {
  expect(texts(new ChunkLines().take(piece(0, "\n\na\n")))).toEqual([0, "", "", "a"]);
});
