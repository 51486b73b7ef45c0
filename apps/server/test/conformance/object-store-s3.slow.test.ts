import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type S3Settings, s3ObjectStore } from "#adapters/object-store/s3/index.ts";
import { collectionTests } from "../core/collect-objects.ts";
import { faultyProxy } from "../s3/faulty-proxy.ts";
import { type S3Server, s3ServerPython, startS3Server } from "../s3/s3-server.ts";
import { chunked, collect, objectStoreConformance } from "./object-store.ts";

const python = await s3ServerPython();
const part = 5 * 2 ** 20;

describe.skipIf(python === undefined)("objects in S3", () => {
  let server: S3Server;
  let prefixes = 0;
  const open: { close(): void }[] = [];

  beforeAll(async () => {
    server = await startS3Server(python!);
  }, 400_000);
  afterAll(async () => {
    for (const objects of open) objects.close();
    await server[Symbol.asyncDispose]();
  });

  /** A store below a prefix of its own. */
  async function make(changes: Partial<S3Settings> = {}) {
    prefixes += 1;
    const objects = await s3ObjectStore({
      bucket: server.bucket,
      prefix: `below/${prefixes}`,
      endpoint: server.endpoint,
      region: "us-east-1",
      pathStyle: true,
      credentials: server.may,
      limits: { part, silence: 5_000 },
      ...changes,
    });
    open.push(objects);
    return objects;
  }

  objectStoreConformance(() => make());

  describe("collected", () => collectionTests(() => make()));

  const large = Buffer.alloc(2 * part + 17, "larger than two parts ");
  const hashOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

  it("keeps what is larger than a part, and copies in parts what the server does not copy at once", async () => {
    const objects = await make({ limits: { part, copy: part } });
    expect(await objects.put(chunked(large, 300_000))).toEqual({ hash: hashOf(large), size: large.length });
    expect((await collect(objects.get(hashOf(large)))).equals(large)).toBe(true);
    // nothing but the object itself
    expect(await objects.removeUnfinished(Date.now() + 60_000)).toBe(0);
    const binned = (await objects.bin.add(hashOf(large)))!;
    expect(await objects.has(hashOf(large))).toBe(false);
    expect((await collect(objects.get(hashOf(large)))).equals(large)).toBe(true);
    await objects.bin.restore(binned);
    expect(await objects.has(hashOf(large))).toBe(true);
  });

  it("sends a large object that is there already once, and does not copy it again", async () => {
    await using proxy = await faultyProxy(server.endpoint);
    const objects = await make({ endpoint: proxy.endpoint });
    await objects.put(chunked(large, 300_000));
    proxy.requests.length = 0;
    await objects.put(chunked(large, 300_000));
    expect(proxy.requests.filter((line) => line.startsWith(`PUT /tributary/below/${prefixes}/`))).toHaveLength(3);
    expect(proxy.requests.filter((line) => line.includes(hashOf(large)))).toEqual([expect.stringContaining("HEAD")]);
  });

  it("keeps nothing of a large upload that breaks off, and gives up what it began", async () => {
    await using proxy = await faultyProxy(server.endpoint);
    const objects = await make({ endpoint: proxy.endpoint });
    const broken = async function* () {
      yield* chunked(large, 1_000_000);
      throw new Error("the sender is gone");
    };
    await expect(objects.put(broken())).rejects.toThrow("the sender is gone");
    await expect(objects.put(chunked(large, part), 2 * part)).rejects.toMatchObject({ refusal: "exhausted" });
    expect(proxy.requests.filter((line) => /^DELETE .*uploadId=/.test(line))).toHaveLength(2);
    expect(await objects.removeUnfinished(Date.now() + 60_000)).toBe(0);
  });

  it("removes what a server that was killed left unfinished, and nothing that is younger", async () => {
    await using proxy = await faultyProxy(server.endpoint);
    proxy.fault = ({ method = "" }) => (method === "DELETE" ? { status: 403, code: "AccessDenied" } : undefined);
    const objects = await make({ endpoint: proxy.endpoint, limits: { part, attempts: 1 } });
    await objects.put(chunked(large, 1_000_000));
    const broken = async function* () {
      yield* chunked(large, 1_000_000);
      throw new Error("killed");
    };
    await expect(objects.put(broken())).rejects.toThrow("killed");
    proxy.fault = () => undefined;
    // the server of this test says of every upload that it was begun in November 2010
    expect(await objects.removeUnfinished(Date.UTC(2010, 0, 1))).toBe(0);
    // a whole upload that was not deleted, and one that never ended
    expect(await objects.removeUnfinished(Date.now() + 60_000)).toBe(2);
    expect(await objects.removeUnfinished(Date.now() + 60_000)).toBe(0);
    expect(await objects.has(hashOf(large))).toBe(true);
  });

  describe("when the server has faults", () => {
    it.each([
      { status: 503, code: "SlowDown" },
      { status: 500, code: "InternalError" },
    ])("tries again after $status $code", async (fault) => {
      await using proxy = await faultyProxy(server.endpoint);
      const objects = await make({ endpoint: proxy.endpoint });
      let faults = 0;
      // every second request fails
      proxy.fault = () => (++faults % 2 === 1 ? fault : undefined);
      const { hash } = await objects.put(chunked(large, 1_000_000));
      expect((await collect(objects.get(hash))).equals(large)).toBe(true);
      expect(faults).toBeGreaterThan(10);
    });

    it("says that the store does not answer when it goes on", async () => {
      await using proxy = await faultyProxy(server.endpoint);
      const objects = await make({ endpoint: proxy.endpoint, limits: { part, attempts: 2 } });
      proxy.fault = () => ({ status: 503, code: "SlowDown" });
      const refused = {
        refusal: "unavailable",
        message: expect.stringMatching(/^s3:\/\/tributary.*(SlowDown|status 503)/),
      };
      await expect(objects.put(chunked(Buffer.from("x")))).rejects.toMatchObject(refused);
      await expect(objects.put(chunked(large, 1_000_000))).rejects.toMatchObject(refused);
      await expect(collect(objects.get("0".repeat(64)))).rejects.toMatchObject(refused);
    });

    it("sends again what was cut off", async () => {
      await using proxy = await faultyProxy(server.endpoint);
      const objects = await make({ endpoint: proxy.endpoint });
      let cuts = 0;
      proxy.fault = ({ method }) => (method === "PUT" && cuts++ < 2 ? "cut-request" : undefined);
      const { hash } = await objects.put(chunked(large, 1_000_000));
      expect((await collect(objects.get(hash))).equals(large)).toBe(true);
      expect(cuts).toBeGreaterThan(2);
    });

    it("goes on with a download where it was cut off", async () => {
      await using proxy = await faultyProxy(server.endpoint);
      const objects = await make({ endpoint: proxy.endpoint });
      const { hash } = await objects.put(chunked(large, 1_000_000));
      const ranges: (string | undefined)[] = [];
      proxy.fault = ({ method, headers }) => {
        if (method !== "GET") return undefined;
        ranges.push(headers.range);
        return ranges.length <= 3 ? { cutAnswerAfter: 2_000_000 } : undefined;
      };
      expect((await collect(objects.get(hash))).equals(large)).toBe(true);
      expect(ranges).toHaveLength(4);
      expect(ranges[0]).toBeUndefined();
      for (const range of ranges.slice(1)) expect(range).toMatch(/^bytes=[1-9]\d*-$/);
    });

    it("gives up on a server that says nothing", async () => {
      await using proxy = await faultyProxy(server.endpoint);
      const objects = await make({ endpoint: proxy.endpoint, limits: { part, attempts: 2, silence: 200 } });
      proxy.fault = () => "silence";
      await expect(objects.put(chunked(Buffer.from("x")))).rejects.toMatchObject({ refusal: "unavailable" });
    });
  });

  it("does not pass off bytes that somebody changed", async () => {
    const objects = await make();
    const { hash } = await objects.put(chunked(Buffer.from("whole")));
    const { Bucket } = await import("#adapters/object-store/s3/bucket.ts");
    const bucket = new Bucket({
      bucket: server.bucket,
      prefix: `below/${prefixes}`,
      endpoint: server.endpoint,
      region: "us-east-1",
      pathStyle: true,
      credentials: server.may,
    });
    open.push(bucket);
    await bucket.write(`${hash.slice(0, 2)}/${hash}`, Buffer.from("whale"));
    await expect(collect(objects.get(hash))).rejects.toThrow("damaged");
    await objects.put(chunked(Buffer.from("whole")));
    expect((await collect(objects.get(hash))).toString()).toBe("whole");
  });

  describe("is not opened", () => {
    it("with a secret key that is wrong", async () => {
      const credentials = { ...server.may, secretAccessKey: "x".repeat(40) };
      await expect(make({ credentials })).rejects.toMatchObject({
        refusal: "unavailable",
        message: expect.stringMatching(/refuses the credentials \(SignatureDoesNotMatch.*TRIBUTARY_OBJECTS_/),
      });
    });

    it("with a key that nobody has", async () => {
      const credentials = { accessKeyId: "AKIAAAAAAAAAAAAAAAAA", secretAccessKey: "x".repeat(40) };
      await expect(make({ credentials })).rejects.toThrow(/refuses the credentials \(InvalidAccessKeyId/);
    });

    it("by a user who may not", async () => {
      await expect(make({ credentials: server.mayNot })).rejects.toThrow(/refuses the credentials \(AccessDenied/);
    });

    it("when there is no such bucket", async () => {
      await expect(make({ bucket: "elsewhere" })).rejects.toMatchObject({
        refusal: "unavailable",
        message: expect.stringContaining("there is no bucket at s3://elsewhere/below/"),
      });
    });

    it("when nobody listens there", async () => {
      const endpoint = "http://127.0.0.1:1";
      await expect(make({ endpoint, limits: { attempts: 2 } })).rejects.toThrow(/does not answer as it should.*ECONN/);
    });
  });
});
