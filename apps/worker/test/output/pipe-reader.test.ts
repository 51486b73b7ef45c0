import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { PipeReader } from "../../src/output/pipe-reader.ts";

let root: string;
let path: string;
let writer: number | undefined;
let read: string;
let reader: PipeReader;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "tributary-pipe-"));
  path = join(root, "out");
  execFileSync("mkfifo", [path]);
  read = "";
  reader = new PipeReader(path, (bytes) => {
    read += Buffer.from(bytes).toString("latin1");
  });
  writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
});
afterEach(() => {
  reader.close();
  endWriting();
  rmSync(root, { recursive: true });
});

function endWriting(): void {
  if (writer !== undefined) closeSync(writer);
  writer = undefined;
}

test("the rest of a pipe that nobody writes to any more is read at once, all of it", async () => {
  const text = "0123456789".repeat(6_000);
  writeSync(writer ?? -1, text);
  endWriting();
  expect(reader.readRest()).toBe(true);
  expect(read).toBe(text);
  await reader.ended;
});

test("a pipe that somebody may still write to is read on, without a gap or a repeat", async () => {
  writeSync(writer ?? -1, "first ");
  expect(reader.readRest()).toBe(false);
  reader.begin();
  writeSync(writer ?? -1, "second");
  await expect.poll(() => read, { timeout: 15_000 }).toBe("first second");
  endWriting();
  await reader.ended;
});

test("nothing is taken out of a pipe that is only opened: the next reader has it", async () => {
  writeSync(writer ?? -1, "kept");
  const next = new PipeReader(path, (bytes) => {
    read += Buffer.from(bytes).toString("latin1");
  });
  reader.close();
  await reader.ended;
  endWriting();
  expect(next.readRest()).toBe(true);
  expect(read).toBe("kept");
});
