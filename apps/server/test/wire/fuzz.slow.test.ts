import type { DescMethod } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { SystemService } from "@tributary/proto/tributary/v1/system_pb";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { facadesOf } from "#server/app.ts";
import { type AppServer, startApp } from "./app/app-server.ts";
import { hostileFrames, hostileJson, hostileMessages } from "./fuzz/hostile-bytes.ts";
import { Gun, type Hit, type Shot } from "./fuzz/send.ts";

/** Longer runs find more: set it to as many seconds as there are. */
const seconds = Number(process.env.TRIBUTARY_FUZZ_SECONDS ?? 15);
const seed = Number(process.env.TRIBUTARY_FUZZ_SEED ?? Date.now() % 2 ** 31);
const patienceMs = 10_000;
const deadlineMs = 200;

let server: AppServer;
let gun: Gun;
const printed: unknown[][] = [];
beforeAll(async () => {
  vi.spyOn(console, "error").mockImplementation((...words: unknown[]) => void printed.push(words));
  server = await startApp({ logLevel: "warn" });
  gun = new Gun(server.port);
});
afterAll(async () => {
  vi.restoreAllMocks();
  gun[Symbol.dispose]();
  await server.close();
});

type Protocol = "grpc" | "grpc-web" | "connect" | "connect-stream" | "json";

const types: Readonly<Record<Protocol, readonly string[]>> = {
  grpc: ["application/grpc", "application/grpc+proto", "application/grpc+json"],
  "grpc-web": ["application/grpc-web+proto", "application/grpc-web", "application/grpc-web-text"],
  connect: ["application/proto"],
  "connect-stream": ["application/connect+proto", "application/connect+json"],
  json: ["application/json", "application/json; charset=utf-8", "application/json; charset=latin1"],
};

function shots(methods: readonly DescMethod[]): fc.Arbitrary<Shot> {
  const protocols = Object.keys(types) as Protocol[];
  return fc
    .tuple(fc.constantFrom(...methods), fc.constantFrom(...protocols), fc.constantFrom<Shot["http"]>("1.1", "2"))
    .chain(([method, protocol, http]) =>
      fc
        .tuple(fc.constantFrom(...types[protocol]), bodies(method, protocol), encodings)
        .map(([type, body, encoding]): Shot => {
          const path = `/${method.parent.typeName}/${method.name}`;
          const deadline = { "grpc-timeout": `${deadlineMs}m`, "connect-timeout-ms": String(deadlineMs) };
          return { path, http, body, headers: { "content-type": type, ...deadline, ...encoding } };
        }),
    );
}

const encodings = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Record<string, string>>({}) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Record<string, string>>(
      { "grpc-encoding": "gzip", "connect-content-encoding": "gzip" },
      { "grpc-encoding": "zstd", "content-encoding": "zstd" },
      { "content-encoding": "gzip" },
    ),
  },
);

function bodies({ input }: DescMethod, protocol: Protocol): fc.Arbitrary<Buffer> {
  if (protocol === "json") return hostileJson(input);
  if (protocol === "connect") return hostileMessages(input);
  return hostileFrames(fc.oneof(hostileMessages(input), hostileJson(input)));
}

/** What no caller can bring about: a fault of the server. */
const faults = /"code":"(internal|unknown|data_loss)"|grpc-status: ?(2|13|15)\b/;

function judge(hit: Hit | undefined): void {
  if (hit === undefined) return;
  const { status, headers, trailers, body } = hit;
  const text = body.toString();
  expect(text).not.toMatch(/\n\s+at .*[.](js|ts):\d+/);
  expect([200, 400, 401, 403, 404, 405, 408, 409, 412, 413, 415, 429, 499, 501, 503, 504, 505]).toContain(status);
  const grpcStatus = trailers["grpc-status"] ?? headers["grpc-status"];
  expect(["2", "13", "15"]).not.toContain(grpcStatus);
  expect(text).not.toMatch(faults);
  if (status === 200 && String(headers["content-type"]).startsWith("application/grpc+"))
    expect(grpcStatus).toBeDefined();
}

test(`whatever bytes come, they are answered by a right code (seed ${seed}, ${seconds} s)`, {
  timeout: (seconds + 60) * 1000,
}, async () => {
  const facts = { version: "", store: "", auth: "", dataFolder: "", startedAt: 0 };
  const services = facadesOf(server.inside.ports, facts).flatMap((facade) => facade.services);
  const volley = fc.array(shots(services.flatMap(({ desc }) => desc.methods)), { minLength: 16, maxLength: 16 });
  let answered = 0;
  await fc.assert(
    fc.asyncProperty(volley, async (some) => {
      const hits = await Promise.all(some.map((shot) => gun.shoot(shot, patienceMs)));
      for (const [index, hit] of hits.entries()) {
        try {
          judge(hit);
        } catch (error) {
          throw new Error(
            `${JSON.stringify({ ...some[index], body: some[index]?.body.toString("hex").slice(0, 400) })} was answered ${JSON.stringify({ ...hit, body: hit?.body.toString().slice(0, 400) })}`,
            { cause: error },
          );
        }
        if (hit) answered += 1;
      }
      expect(server.log).toEqual([]);
      expect(printed).toEqual([]);
    }),
    {
      seed,
      numRuns: 1_000_000,
      interruptAfterTimeLimit: seconds * 1000,
      markInterruptAsFailure: false,
      endOnFailure: true,
    },
  );
  expect(answered).toBeGreaterThan(100);
  await createClient(SystemService, createGrpcTransport({ baseUrl: server.url })).getSystem({});
});
