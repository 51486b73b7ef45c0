import { readFileSync } from "node:fs";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { DispatchService } from "@tributary/proto/tributary/v1/dispatch_pb";
import { SystemService } from "@tributary/proto/tributary/v1/system_pb";
import { TaskService } from "@tributary/proto/tributary/v1/tasks_pb";
import { WatchService } from "@tributary/proto/tributary/v1/watch_pb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AppServer, startApp } from "./app/app-server.ts";

const openMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";
let server: AppServer;
beforeAll(async () => {
  server = await startApp();
});
afterAll(() => server.close());

async function read(accept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5") {
  const answer = await fetch(`${server.url}/metrics`, { headers: { accept } });
  return { type: answer.headers.get("content-type"), text: await answer.text(), answer };
}

/** The value of a sample; undefined when there is none. */
async function sample(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number | undefined> {
  const { text } = await read();
  const line = text
    .split("\n")
    .find(
      (one) =>
        (one.startsWith(`${name}{`) || one.startsWith(`${name} `)) &&
        Object.entries(labels).every(([label, value]) => one.includes(`${label}="${value}"`)),
    );
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(" ") + 1));
}

async function until(check: () => Promise<boolean>): Promise<void> {
  while (!(await check()));
}

const transport = () => createGrpcTransport({ baseUrl: server.url });

describe("the format", () => {
  test("is OpenMetrics for who asks for it", async () => {
    const { type, text } = await read();
    expect(type).toBe(openMetrics);
    expect(text).toMatch(/# EOF\n$/);
    expect(text).toContain("# TYPE tributary_calls counter\n");
  });

  test("is Prometheus' text otherwise, with the same samples", async () => {
    const { type, text } = await read("text/plain");
    expect(type).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(text).toContain("# TYPE tributary_calls_total counter\n");
    expect(text).not.toContain("# EOF");
    const names = (all: string) => new Set(all.match(/^[a-z_]+(?=[{ ])/gm));
    expect(names(text)).toEqual(names((await read()).text));
    expect((await read("*/*")).type).toBe(type);
  });

  test("every sample has a number, and belongs to a family that says what it is", async () => {
    const { text } = await read();
    const families = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name]) => name ?? "");
    for (const line of text.split("\n").filter((one) => one !== "" && !one.startsWith("#"))) {
      expect(line).toMatch(/^[a-z_]+(\{[^}]*\})? -?[\d.e+-]+$/);
      expect(families.some((family) => line.startsWith(family))).toBe(true);
    }
  });

  test("pages of others do not get it", async () => {
    const answer = await fetch(`${server.url}/metrics`, { headers: { origin: "https://evil.example" } });
    expect(answer.status).toBe(403);
  });
});

describe("calls", () => {
  test("are counted by RPC, code and protocol, with their time and bytes", async () => {
    const labels = { rpc: "tributary.v1.TaskService/GetTask", code: "not_found", protocol: "grpc" };
    const count = "tributary_call_duration_seconds_count";
    const before = [await sample("tributary_calls_total", labels), await sample(count, { rpc: labels.rpc })];
    await expect(createClient(TaskService, transport()).getTask({ id: 1 })).rejects.toThrow();
    await until(async () => (await sample("tributary_calls_total", labels)) === (before[0] ?? 0) + 1);
    expect(await sample(count, { rpc: labels.rpc })).toBe((before[1] ?? 0) + 1);
    expect(await sample("tributary_call_received_bytes_total", { protocol: "grpc" })).toBeGreaterThan(0);
  });

  test("that are open are counted apart from streams", async () => {
    const ending = new AbortController();
    const watch = createClient(WatchService, transport()).watch({}, { signal: ending.signal })[Symbol.asyncIterator]();
    await watch.next();
    expect(await sample("tributary_calls_open", { kind: "stream" })).toBe(1);
    expect(await sample("tributary_calls_open", { kind: "unary" })).toBe(0);
    ending.abort();
    await expect(watch.next()).rejects.toThrow();
    await until(async () => (await sample("tributary_calls_open", { kind: "stream" })) === 0);
    expect(await sample("tributary_stream_duration_seconds_count", { rpc: "tributary.v1.WatchService/Watch" })).toBe(1);
  });

  test("that do not exist make no new labels", async () => {
    for (let n = 0; n < 20; n++) {
      const headers = { "content-type": "application/json" };
      await fetch(`${server.url}/made.up.Service/Method${n}`, { method: "POST", headers, body: "{}" });
    }
    expect((await read()).text).not.toContain("made.up");
    expect(await sample("tributary_http_requests_total", { status: "4xx" })).toBeGreaterThanOrEqual(20);
  });

  test("that bring output are counted in bytes", async () => {
    const nodeOptions = { socketPath: server.socketPath };
    const socket = createConnectTransport({ baseUrl: "http://localhost", httpVersion: "1.1", nodeOptions });
    await createClient(DispatchService, socket)
      .appendLog({ workerId: "nobody" })
      .catch(() => {});
    expect(await sample("tributary_log_received_bytes_total")).toBeGreaterThan(0);
  });
});

test("connections are counted by protocol", async () => {
  await createClient(SystemService, transport()).getSystem({});
  expect(await sample("tributary_connections", { protocol: "http1" })).toBeGreaterThan(0);
  expect(await sample("tributary_connections", { protocol: "http2" })).toBeGreaterThan(0);
});

test("the state is read from the store, but not at every reading", async () => {
  const { view } = server.inside.ports.store;
  const original = view.countOpenTasks;
  let asked = 0;
  const begun = performance.now();
  Object.assign(view, {
    countOpenTasks: () => {
      asked += 1;
      return original();
    },
  });
  for (let n = 0; n < 20; n++) await read();
  Object.assign(view, { countOpenTasks: original });
  // What was read is good for two seconds; a busy machine may take longer for twenty readings.
  expect(asked).toBeLessThanOrEqual(2 + Math.floor((performance.now() - begun) / 2_000));
  expect(await sample("tributary_tasks", { state: "queued", dialect: "ame" })).toBe(0);
  expect(await sample("tributary_workers", { state: "online" })).toBe(0);
});

test("a store that does not answer leaves what was known, and holds no reading up for long", async () => {
  await using other = await startApp();
  Object.assign(other.inside.ports.store.view, { countOpenTasks: () => new Promise(() => {}) });
  const begun = performance.now();
  const text = await (await fetch(`${other.url}/metrics`)).text();
  expect(performance.now() - begun).toBeLessThan(5_000);
  expect(text).toContain("# TYPE tributary_tasks gauge");
  expect(text).not.toMatch(/^tributary_(tasks|attempts_running|worker_slots|workers)[ {]/m);
  expect(text).toContain("process_resident_memory_bytes ");
});

test("docs/operations.md lists every metric as it describes itself, and no other", async () => {
  const page = readFileSync(new URL("../../../../docs/operations.md", import.meta.url), "utf8");
  const { text } = await read();
  const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = "", type]) => [name, type]));
  const helps = [...text.matchAll(/^# HELP (\S+) (.*)$/gm)];
  const rows = helps.map(([, name = "", help]) => {
    const type = types.get(name) ?? "";
    return `| \`${name}${type === "counter" ? "_total" : ""}\` | ${type} | ${help} |`;
  });
  const listed = page.split("\n").filter((line) => /^\| `\w+` \| (counter|gauge|histogram) \|/.test(line));
  expect(listed).toEqual(rows.sort());
});
