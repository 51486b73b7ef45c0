import { createHash, randomBytes } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { Code, ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";
import { DispatchService } from "@tributary/proto/tributary/v1/dispatch_pb";
import { expect, test } from "vitest";
import { ChangedError, DownloadError, download } from "../src/download.ts";
import { Uplink } from "../src/uplink.ts";

const whole = randomBytes(100_000);
const wanted = { workerId: "w" };

interface Served {
  /** Offsets that were asked for. */
  readonly asked: number[];
  readonly read: () => Promise<Buffer>;
}

/** A server whose connection breaks after so many bytes, each time. */
function serve(content: (call: number) => Buffer, { breaksAfter = 0, isOld = false } = {}): Served {
  const asked: number[] = [];
  const transport = createRouterTransport((router) =>
    router.service(DispatchService, {
      async *fetchInputs({ offset = 0n }) {
        const bytes = content(asked.length);
        const from = isOld ? 0 : Number(offset);
        asked.push(Number(offset));
        const rest = bytes.subarray(from);
        const breaks = breaksAfter > 0 && rest.length > breaksAfter;
        const part = breaks ? rest.subarray(0, breaksAfter) : rest;
        for (let at = 0; at < part.length; at += 7_000) {
          const first = at === 0 ? { offset: BigInt(from) } : {};
          yield { content: part.subarray(at, at + 7_000), ...first };
        }
        if (breaks) throw new ConnectError("the connection broke", Code.Unavailable);
        if (!isOld)
          yield { sha256: createHash("sha256").update(bytes).digest("hex"), ...(part.length ? {} : { offset }) };
      },
    }),
  );
  const uplink = new Uplink("w");
  uplink.up(createClient(DispatchService, transport), new AbortController().signal);
  return { asked, read: () => buffer(download(uplink, wanted, new AbortController().signal)) };
}

test("a download goes on where it broke off, and is what the server has", async () => {
  const { asked, read } = serve(() => whole, { breaksAfter: 30_000 });
  expect((await read()).equals(whole)).toBe(true);
  expect(asked).toEqual([0, 30_000, 60_000, 90_000]);
});

test("one whose files have changed meanwhile says so", async () => {
  const other = Buffer.from(whole);
  other[3]! ^= 1;
  await expect(serve((call) => (call === 0 ? whole : other), { breaksAfter: 60_000 }).read()).rejects.toThrow(
    ChangedError,
  );
});

test("a server of an earlier version serves what does not break off, and else is asked from the beginning", async () => {
  expect((await serve(() => whole, { isOld: true }).read()).equals(whole)).toBe(true);
  await expect(serve(() => whole, { isOld: true, breaksAfter: 60_000 }).read()).rejects.toThrow(ChangedError);
});

test("what the server refuses is not asked for again", async () => {
  let calls = 0;
  const served = serve(() => {
    calls++;
    throw new ConnectError("not the worker's", Code.FailedPrecondition);
  });
  await expect(served.read()).rejects.toThrow(DownloadError);
  expect(calls).toBe(1);
});

test("nothing at all is a download too", async () => {
  expect(await serve(() => Buffer.alloc(0)).read()).toHaveLength(0);
});
