import { existsSync, mkdtempSync, readFileSync, readlinkSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LogStream } from "@tributary/proto/tributary/v1/logs_pb";
import { AttemptOutcome } from "@tributary/proto/tributary/v1/tasks_pb";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { extractInputs } from "../src/inputs.ts";
import { textOf } from "./fixture-server.ts";
import { type TarEntry, tarOf } from "./tar-of.ts";
import { useScene } from "./use-scene.ts";

describe("extracting", () => {
  let root: string;
  let folder: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "tributary-inputs-"));
    folder = join(root, "work");
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const extract = async (entries: TarEntry[], limits?: Parameters<typeof extractInputs>[2]) => {
    const { mkdir } = await import("node:fs/promises");
    await mkdir(folder);
    const bytes = await tarOf(entries);
    return extractInputs(cut(bytes), folder, limits);
  };

  test("files, folders and links, with modes of its own", async () => {
    const files = await extract([
      { name: "./a/b.txt", content: "hello", mode: 0o600 },
      { name: "run.sh", content: "#!/bin/sh", mode: 0o4777 },
      { name: "empty", content: "" },
      { name: "folder/", type: "directory" },
      { name: "link", type: "symlink", linkname: "a/b.txt" },
      { name: "a/up", type: "symlink", linkname: "../run.sh" },
      { name: `${"long/".repeat(60)}file`, content: "deep" },
    ]);
    expect(readFileSync(join(folder, "a/b.txt"), "utf8")).toBe("hello");
    expect(readFileSync(join(folder, "link"), "utf8")).toBe("hello");
    expect(readlinkSync(join(folder, "a/up"))).toBe("../run.sh");
    expect(statSync(join(folder, "a/b.txt")).mode & 0o7777).toBe(0o644);
    expect(statSync(join(folder, "run.sh")).mode & 0o7777).toBe(0o755);
    expect(statSync(join(folder, "folder")).isDirectory()).toBe(true);
    expect([...files.keys()].sort()).toEqual(["a/b.txt", "empty", `${"long/".repeat(60)}file`, "run.sh"].sort());
    expect(files.get("a/b.txt")).toMatchObject({
      size: 5,
      sha256: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
    });
  });

  test.each<[string, TarEntry[], RegExp]>([
    ["an absolute path", [{ name: "/etc/evil", content: "x" }], /is absolute/],
    ["a path that climbs", [{ name: "a/../../evil", content: "x" }], /contains "\.\."/],
    ["a hard link", [{ name: "a", type: "link", linkname: "/etc/passwd" }], /is a link/],
    ["a device", [{ name: "a", type: "character-device" }], /is a character-device/],
    ["a named pipe", [{ name: "a", type: "fifo" }], /is a fifo/],
    ["a link to an absolute path", [{ name: "a", type: "symlink", linkname: "/etc" }], /leads to "\/etc"/],
    ["a link that climbs", [{ name: "a/b", type: "symlink", linkname: "../../x" }], /leads to/],
    [
      "a link that climbs by way of another",
      [
        { name: "d/up", type: "symlink", linkname: ".." },
        { name: "out", type: "symlink", linkname: "d/up/.." },
      ],
      /leads to/,
    ],
    [
      "a link placed through another",
      [
        { name: "d/up", type: "symlink", linkname: ".." },
        { name: "e", type: "symlink", linkname: "d/up/../x" },
        { name: "e/f", type: "symlink", linkname: "g" },
      ],
      /./,
    ],
    [
      "a file that is also a folder",
      [
        { name: "a", content: "x" },
        { name: "a/b", content: "x" },
      ],
      /both a file and a folder/,
    ],
  ])("refuses %s", async (_, entries, message) => {
    await expect(extract(entries)).rejects.toThrow(message);
    expect(existsSync(join(root, "evil"))).toBe(false);
    expect(existsSync(join(root, "x"))).toBe(false);
  });

  test("never writes a file through a link", async () => {
    await extract([
      { name: "a", type: "symlink", linkname: "b" },
      { name: "b/c", content: "x" },
      { name: "d", type: "symlink", linkname: "b" },
    ]);
    expect(readFileSync(join(folder, "a/c"), "utf8")).toBe("x");
  });

  test("refuses more than the limits", async () => {
    const two = [
      { name: "a", content: "12345" },
      { name: "b", content: "12345" },
    ];
    await expect(extract(two, { entries: 1, bytes: 100 })).rejects.toThrow("more than 1");
    rmSync(folder, { recursive: true });
    await expect(extract(two, { entries: 9, bytes: 9 })).rejects.toThrow("more than 9 bytes");
  });

  test("refuses what is no archive, and tells a broken source's own error", async () => {
    const { mkdir } = await import("node:fs/promises");
    await mkdir(folder);
    await expect(extractInputs(cut(Buffer.alloc(2048, "x")), folder)).rejects.toThrow();
    const broken = async function* () {
      yield (await tarOf([{ name: "a", content: "x".repeat(5000) }])).subarray(0, 1000);
      throw new Error("the line went dead");
    };
    await expect(extractInputs(broken(), folder)).rejects.toThrow("the line went dead");
  });
});

describe("a run with files", () => {
  const scene = useScene();
  const shell = (value: string) => ({ command: { case: "shell" as const, value } });

  test("finds them in its working directory", async () => {
    const { server } = scene();
    scene().worker();
    server.inputs.set(
      "1-1",
      await tarOf([
        { name: "data/x.txt", content: "42\n" },
        { name: "go.sh", content: "cat data/x.txt", mode: 0o755 },
      ]),
    );
    const known = server.assign({ ...shell("./go.sh"), hasInputs: true });
    expect(await server.ended(known)).toMatchObject({ outcome: AttemptOutcome.SUCCEEDED });
    expect(textOf(known, LogStream.STDOUT)).toBe("42\n");
    expect(textOf(known, LogStream.WORKER)).toBe("Fetched 2 files\n");
  });

  test("an archive that is not safe fails it", async () => {
    const { server } = scene();
    scene().worker();
    server.inputs.set("1-1", await tarOf([{ name: "../evil", content: "x" }]));
    const known = server.assign({ ...shell("true"), hasInputs: true });
    const end = await server.ended(known);
    expect(end).toMatchObject({ outcome: AttemptOutcome.FAILED, system: false, reason: { code: "inputs-refused" } });
  });

  test("a connection that breaks in the middle begins anew", async () => {
    const { server } = scene();
    scene().worker();
    const gate = Promise.withResolvers<void>();
    server.gates.fetchInputs = gate.promise;
    server.inputs.set("1-1", await tarOf([{ name: "x", content: "1".repeat(10_000) }]));
    const known = server.assign({ ...shell("wc -c < x"), hasInputs: true });
    await server.until("two registrations", () => server.registrations.length === 1 && known.reports.length > 1);
    await server.stop();
    gate.resolve();
    await server.start();
    await server.ended(known);
    expect(textOf(known, LogStream.STDOUT).trim()).toBe("10000");
  });
});

async function* cut(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 700) yield bytes.subarray(at, at + 700);
}
