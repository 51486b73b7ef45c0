import { createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { AmeService } from "@tributary/proto/ame/v1/ame_pb";
import { LogService } from "@tributary/proto/tributary/v1/logs_pb";
import { TaskService } from "@tributary/proto/tributary/v1/tasks_pb";
import { afterAll, beforeAll, expect, it } from "vitest";
import { hello } from "#test/facades/suite.ts";
import { type AppServer, startApp } from "#test/wire/app/app-server.ts";

let server: AppServer;
let taskId: number;

beforeAll(async () => {
  server = await startApp();
  const transport = server.inside.transport();
  const project = await createClient(AmeService, transport).createProject({ cfg: { name: "p", tasks: [hello] } });
  const { task } = await createClient(TaskService, transport).runTask({ projectId: project.name, taskName: "hello" });
  taskId = task!.id;
});
afterAll(() => server.close());

it("tells every watcher the same, whatever it speaks and however slowly it reads", { timeout: 60_000 }, async () => {
  const baseUrl = server.url;
  const transports: readonly Transport[] = [
    createGrpcTransport({ baseUrl }),
    createGrpcTransport({ baseUrl, acceptCompression: [] }),
    createGrpcWebTransport({ baseUrl, httpVersion: "1.1" }),
    createConnectTransport({ baseUrl, httpVersion: "2" }),
    createConnectTransport({ baseUrl, httpVersion: "1.1" }),
    createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: false }),
  ];
  const lines = Array.from({ length: 400 }, (_, at) => `${at} ${"x".repeat(at * 20)}\n`);
  const text = lines.join("");
  const watchers = transports.flatMap((transport) => [0, 7, 200_000].map((skip) => ({ transport, skip })));
  const seen = watchers.map(async ({ transport, skip }, at) => {
    const parts: Uint8Array[] = [];
    let count = 0;
    const start = { case: "offset" as const, value: BigInt(skip) };
    for await (const { chunks, nextOffset, size } of createClient(LogService, transport).followLog({ taskId, start })) {
      parts.push(...chunks.map(({ content }) => content));
      const { length } = Buffer.concat(parts.splice(0, parts.length, Buffer.concat(parts)));
      if (chunks.length > 0) expect(Number(nextOffset)).toBe(skip + length);
      expect(size?.ended).toBe(false);
      if (++count % 5 === 0 && at % 4 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      if (Number(nextOffset) === text.length) break;
    }
    return Buffer.concat(parts).toString();
  });
  let offset = 0;
  for (const line of lines) {
    const pieces = [{ stream: "stdout" as const, at: 1, bytes: Buffer.from(line) }];
    offset = await server.inside.ports.logs.append({ taskId, number: 1 }, offset, pieces);
  }
  for (const [at, whole] of (await Promise.all(seen)).entries()) {
    expect(whole === text.slice(watchers[at]!.skip)).toBe(true);
  }
});
