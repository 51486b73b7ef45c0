import { describe, expect, it } from "vitest";
import type { Archiver, PackedFile } from "#core/ports/archiver.ts";
import { unpackEntries } from "./unpack.ts";

async function* inChunks(text: string | Uint8Array, size = 3): AsyncIterable<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export function fileOf(path: string, text: string | Uint8Array, size?: number): PackedFile {
  return { path, size: Buffer.from(text).length, content: inChunks(text, size) };
}

export async function* listed<T>(...items: readonly T[]): AsyncIterable<T> {
  yield* items;
}

async function collect(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** What every adapter of {@link Archiver} keeps to. */
export function archiverConformance(archiver: Archiver): void {
  it("packs files of any name and size", async () => {
    const long = `${"folder/".repeat(30)}${"n".repeat(200)}`;
    const large = Buffer.alloc(1_000_003, "0123456789");
    const packed = archiver.pack(
      listed(
        fileOf("a", "one"),
        fileOf("deep/er/ü ñ.txt", "two"),
        fileOf(long, "three"),
        fileOf("empty", ""),
        fileOf("large", large, 100_000),
      ),
    );
    const entries = await unpackEntries(packed);
    expect([...entries.keys()]).toEqual(["a", "deep/er/ü ñ.txt", long, "empty", "large"]);
    expect(entries.get(long)?.content.toString()).toBe("three");
    expect(entries.get("empty")?.content.length).toBe(0);
    expect(entries.get("large")?.content.equals(large)).toBe(true);
  });

  it("adds files behind those of another archive, whose zeros, folders and modes stay", async () => {
    const zeros = Buffer.alloc(1024);
    const first = archiver.pack(listed(fileOf("zeros", zeros), fileOf("twice", "old"), fileOf("run", "#!/bin/sh\n")));
    const entries = await unpackEntries(
      archiver.append(first, listed(fileOf("data/x", "new"), fileOf("twice", "new"))),
    );
    expect([...entries.keys()].sort()).toEqual(["data/x", "run", "twice", "zeros"]);
    expect(entries.get("zeros")?.content.equals(zeros)).toBe(true);
    expect(entries.get("run")?.mode).toBe(0o755);
    expect(entries.get("twice")?.content.toString()).toBe("new");
  });

  it("fails when the archive that is added to breaks off", async () => {
    const broken = async function* () {
      yield* listed(Buffer.alloc(100, 1));
      throw new Error("the disk is gone");
    };
    await expect(unpackEntries(archiver.append(broken(), listed()))).rejects.toThrow();
  });

  it("packs nothing", async () => {
    expect((await unpackEntries(archiver.pack(listed()))).size).toBe(0);
  });

  it("makes scripts executable, and nothing else", async () => {
    const entries = await unpackEntries(
      archiver.pack(listed(fileOf("script", "#!/bin/sh\n", 1), fileOf("other", "# !"), fileOf("short", "#"))),
    );
    expect([...entries].map(([path, { mode }]) => [path, mode])).toEqual([
      ["script", 0o755],
      ["other", 0o644],
      ["short", 0o644],
    ]);
  });

  it("makes the same bytes of the same files", async () => {
    const once = await collect(archiver.pack(listed(fileOf("a", "x"))));
    expect((await collect(archiver.pack(listed(fileOf("a", "x"))))).equals(once)).toBe(true);
  });

  it.each([
    ["fewer", 7],
    ["more", 5],
  ])("fails when there are %s bytes than were said", async (_, size) => {
    await expect(collect(archiver.pack(listed({ ...fileOf("a", "sixsix"), size })))).rejects.toThrow();
  });

  it("passes on what fails in the content, or between files", async () => {
    const broken = async function* (): AsyncIterable<Uint8Array> {
      yield Buffer.from("xy");
      throw new Error("the disk is gone");
    };
    const content = archiver.pack(listed({ path: "a", size: 10, content: broken() }));
    await expect(collect(content)).rejects.toThrow("the disk is gone");
    const between = async function* (): AsyncIterable<PackedFile> {
      yield fileOf("a", "x");
      throw new Error("no more files");
    };
    await expect(collect(archiver.pack(between()))).rejects.toThrow("no more files");
  });

  describe("reads no faster than it is read", () => {
    it("while there is more", async () => {
      let given = 0;
      const content = async function* (): AsyncIterable<Uint8Array> {
        for (; given < 1000; given++) yield Buffer.alloc(100_000);
      };
      const packed = archiver.pack(listed({ path: "a", size: 100_000_000, content: content() }));
      const reading = packed[Symbol.asyncIterator]();
      for (let at = 0; at < 5; at++) await reading.next();
      for (let at = 0; at < 100; at++) await new Promise((resolve) => setImmediate(resolve));
      expect(given).toBeLessThan(40);
      await reading.return?.();
    });

    it("and lets go of everything when nobody reads on", async () => {
      const over: string[] = [];
      const content = async function* (): AsyncIterable<Uint8Array> {
        try {
          for (;;) yield Buffer.alloc(100_000);
        } finally {
          over.push("content");
        }
      };
      const files = async function* (): AsyncIterable<PackedFile> {
        try {
          yield { path: "a", size: 100_000_000, content: content() };
        } finally {
          over.push("files");
        }
      };
      for await (const _ of archiver.pack(files())) break;
      expect(over).toEqual(["content", "files"]);
    });
  });
}
