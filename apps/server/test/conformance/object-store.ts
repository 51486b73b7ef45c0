import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RefusedError } from "#core/errors.ts";
import type { ObjectStore } from "#core/ports/object-store.ts";

export async function* chunked(bytes: Uint8Array, size = 1000): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export async function collect(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** What every adapter of {@link ObjectStore} keeps to. */
export function objectStoreConformance(make: (folder: string) => Promise<ObjectStore>): void {
  let folder: string;
  let objects: ObjectStore;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "tributary-objects-"));
    objects = await make(folder);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const hashOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

  it.each([0, 1, 65_536, 3_000_001])("keeps %i bytes", async (size) => {
    const bytes = Buffer.alloc(size, `content of ${size} `);
    const stored = await objects.put(chunked(bytes, 70_000));
    expect(stored).toEqual({ hash: hashOf(bytes), size });
    expect((await collect(objects.get(stored.hash))).equals(bytes)).toBe(true);
    expect(await objects.has(stored.hash)).toBe(true);
  });

  it("answers stretches", async () => {
    const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, at) => at % 251));
    const { hash } = await objects.put(chunked(bytes));
    for (const [from, to] of [
      [0, 1],
      [65_535, 65_537],
      [100_000, 200_000],
      [199_999, 500_000],
      [200_000, 300_000],
      [7, 7],
    ] as const) {
      expect((await collect(objects.read(hash, from, to))).equals(bytes.subarray(from, to))).toBe(true);
    }
    await expect(collect(objects.read(hashOf(Buffer.from("never kept")), 0, 1))).rejects.toMatchObject({
      refusal: "not-found",
    });
  });

  it("keeps the same content once, however often it comes at once", async () => {
    const bytes = Buffer.from("the same");
    const all = await Promise.all(Array.from({ length: 20 }, (_, at) => objects.put(chunked(bytes, at + 1))));
    expect(new Set(all.map(({ hash }) => hash)).size).toBe(1);
    expect(await collect(objects.get(hashOf(bytes)))).toEqual(bytes);
    await objects.delete(hashOf(bytes));
    expect(await objects.has(hashOf(bytes))).toBe(false);
  });

  it("keeps nothing of what is larger than it may be", async () => {
    const bytes = Buffer.alloc(10_001, "x");
    await expect(objects.put(chunked(bytes), 10_000)).rejects.toMatchObject({ refusal: "exhausted" });
    expect(await objects.has(hashOf(bytes))).toBe(false);
    expect((await objects.put(chunked(bytes), 10_001)).size).toBe(10_001);
  });

  it("keeps nothing of what breaks off", async () => {
    const broken = async function* () {
      yield Buffer.from("beginning");
      throw new Error("the sender is gone");
    };
    await expect(objects.put(broken())).rejects.toThrow("the sender is gone");
    expect(await objects.has(hashOf(Buffer.from("beginning")))).toBe(false);
  });

  it.each(["0".repeat(64), "", "../../etc/passwd", `${"a".repeat(63)}/`, "A".repeat(64)])(
    "has nothing that is called %j",
    async (hash) => {
      expect(await objects.has(hash)).toBe(false);
      const refused = collect(objects.get(hash));
      await expect(refused).rejects.toBeInstanceOf(RefusedError);
      await expect(refused).rejects.toMatchObject({ refusal: "not-found" });
    },
  );

  it("deletes, also what is not there", async () => {
    const { hash } = await objects.put(chunked(Buffer.from("short-lived")));
    await objects.delete(hash);
    await objects.delete(hash);
    await expect(collect(objects.get(hash))).rejects.toMatchObject({ refusal: "not-found" });
  });

  it("asks before it keeps, and keeps nothing when it is told not to", async () => {
    const bytes = Buffer.from("asked for");
    const hash = hashOf(bytes);
    const asked: unknown[] = [];
    const refuse = async (object: unknown) => {
      asked.push(object, await objects.has(hash));
      throw new Error("not now");
    };
    await expect(objects.put(chunked(bytes), undefined, refuse)).rejects.toThrow("not now");
    expect(asked).toEqual([{ hash, size: bytes.length }, false]);
    expect(await objects.has(hash)).toBe(false);
  });

  describe("the bin", () => {
    const kept = async (text: string) => (await objects.put(chunked(Buffer.from(text)))).hash;

    it("takes an object out of sight, but it can be read", async () => {
      const hash = await kept("binned");
      const binned = await objects.bin.add(hash);
      expect(binned?.hash).toBe(hash);
      expect(await objects.has(hash)).toBe(false);
      expect((await collect(objects.get(hash))).toString()).toBe("binned");
      expect(await objects.bin.list(10)).toEqual([binned]);
      await objects.bin.restore(binned!);
      expect(await objects.has(hash)).toBe(true);
      expect(await objects.bin.list(10)).toEqual([]);
      expect((await collect(objects.get(hash))).toString()).toBe("binned");
    });

    it("is emptied for good", async () => {
      const hash = await kept("thrown away");
      const binned = (await objects.bin.add(hash))!;
      await objects.bin.empty(binned);
      await objects.bin.restore(binned);
      await objects.bin.empty(binned);
      await expect(collect(objects.get(hash))).rejects.toMatchObject({ refusal: "not-found" });
    });

    it("has nothing to take where there is nothing", async () => {
      expect(await objects.bin.add("0".repeat(64))).toBeUndefined();
      await expect(objects.bin.add("../x")).rejects.toMatchObject({ refusal: "not-found" });
    });

    it("leaves alone what is put again meanwhile, whether it is emptied or restored", async () => {
      for (const way of ["empty", "restore"] as const) {
        const hash = await kept(`again, ${way}`);
        const binned = (await objects.bin.add(hash))!;
        await kept(`again, ${way}`);
        await objects.bin[way](binned);
        expect(await objects.has(hash)).toBe(true);
        expect((await collect(objects.get(hash))).toString()).toBe(`again, ${way}`);
        expect(await objects.bin.list(10)).toEqual([]);
      }
    });

    it("has a place for each time", async () => {
      const first = (await objects.bin.add(await kept("twice")))!;
      const second = (await objects.bin.add(await kept("twice")))!;
      expect(first.place).not.toBe(second.place);
      expect(await objects.bin.list(1)).toHaveLength(1);
      await objects.bin.empty(first);
      expect(await objects.bin.list(10)).toEqual([second]);
      expect((await collect(objects.get(second.hash))).toString()).toBe("twice");
      await objects.bin.empty(second);
    });
  });

  describe("reading", () => {
    it("may stop early", async () => {
      const { hash } = await objects.put(chunked(Buffer.alloc(1_000_000, "x")));
      for await (const chunk of objects.get(hash)) {
        expect(chunk.length).toBeGreaterThan(0);
        break;
      }
      expect((await collect(objects.get(hash))).length).toBe(1_000_000);
    });

    it("gives chunks that stay as they are", async () => {
      const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, at) => at % 251));
      const { hash } = await objects.put(chunked(bytes));
      const chunks: Uint8Array[] = [];
      for await (const chunk of objects.get(hash)) chunks.push(chunk);
      expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
    });
  });
}
