import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect } from "node:http2";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { TaskService } from "@tributary/proto/tributary/v1/tasks_pb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nativeClient } from "#test/journeys/native-client.ts";
import { ServerProcess } from "#test/server-process.ts";

let server: ServerProcess;

beforeAll(async () => {
  server = await ServerProcess.start();
});
afterAll(() => server.destroy());

const post = (path: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
  fetch(`${server.url}${path}`, { method: "POST", body, headers: { "content-type": "application/json", ...headers } });

/** Status and code of a refusal in Connect's JSON. */
async function refusalOf(answer: Response): Promise<[number, unknown]> {
  const body = (await answer.json()) as { code?: unknown };
  return [answer.status, body.code];
}

describe("a page of another origin", () => {
  const run = JSON.stringify({ projectId: "x", taskName: "y" });

  it.each([
    ["a JSON call", { origin: "http://evil.example" }],
    ["a simple request", { origin: "http://evil.example", "content-type": "text/plain" }],
    ["a sandboxed page", { origin: "null" }],
    ["a page on another port", { origin: "http://127.0.0.1:1" }],
  ])("cannot start a task: %s", async (_, headers) => {
    const answer = await post("/tributary.v1.TaskService/RunTask", run, headers);
    expect(answer.status).toBe(403);
    expect(await answer.text()).toMatch(/may not|origin/i);
    expect(
      (
        await createClient(TaskService, createConnectTransport({ baseUrl: server.url, httpVersion: "1.1" })).listTasks(
          {},
        )
      ).tasks,
    ).toEqual([]);
  });

  it("can do nothing under a name that was re-pointed here", async () => {
    const session = connect(server.url);
    const stream = session.request({ ":path": "/healthz", ":authority": "rebound.example" });
    const [headers] = (await once(stream, "response")) as [Record<string, unknown>];
    expect(headers[":status"]).toBe(403);
    session.close();
  });
});

describe("bytes that are no message", () => {
  const garbage = Uint8Array.of(0x0a, 0xff, 0xff, 0xff, 0xff);
  const frame = Uint8Array.of(0, 0, 0, 0, garbage.length, ...garbage);
  const path = "/tributary.v1.TaskService/CancelTask";

  it("are invalid_argument over Connect", async () => {
    const answer = await post(path, garbage, { "content-type": "application/proto" });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: "invalid_argument" });
  });

  it("are invalid_argument over Connect with JSON", async () => {
    for (const body of ["{", '{"id": "many"}', "[]"]) {
      const answer = await post(path, body);
      expect(await refusalOf(answer)).toEqual([400, "invalid_argument"]);
    }
  });

  it("are status 3 over gRPC-web", async () => {
    const answer = await post(path, frame, { "content-type": "application/grpc-web+proto" });
    const text = `${answer.headers.get("grpc-status") ?? ""} ${await answer.text()}`;
    expect(text).toMatch(/grpc-status: ?3|^3 /);
  });

  it("are status 3 over gRPC, and the connection goes on", async () => {
    const session = connect(server.url);
    for (let n = 0; n < 2; n++) {
      const stream = session.request({
        ":method": "POST",
        ":path": path,
        "content-type": "application/grpc",
        te: "trailers",
      });
      const trailers = once(stream, "trailers");
      const headers = once(stream, "response");
      stream.end(frame);
      stream.resume();
      const told = await Promise.race([
        trailers.then(([all]) => all as Record<string, unknown>),
        headers.then(([all]) =>
          "grpc-status" in (all as object)
            ? (all as Record<string, unknown>)
            : trailers.then(([last]) => last as Record<string, unknown>),
        ),
      ]);
      expect(told["grpc-status"]).toBe("3");
    }
    session.close();
  });

  it("that are too many are resource_exhausted", async () => {
    const answer = await post(path, new Uint8Array(65 * 2 ** 20), { "content-type": "application/proto" });
    expect(await answer.json()).toMatchObject({ code: "resource_exhausted" });
  });
});

describe("the port", () => {
  it("answers health over gRPC for the server and each service, and by plain HTTP", async () => {
    const health = nativeClient(server.url, "grpc/grpc/health/v1/health.proto", "grpc.health.v1.Health");
    for (const service of ["", "ame.v1.AmeService", "taskqueue.TaskQueue", "flyteidl.service.AdminService", "Agent"]) {
      expect(await health.unary("Check")({ service })).toMatchObject({ status: "SERVING" });
    }
    await expect(health.unary("Check")({ service: "nope" })).rejects.toMatchObject({ code: 5 });
    health.close();
    expect([(await fetch(`${server.url}/healthz`)).status, (await fetch(`${server.url}/readyz`)).status]).toEqual([
      200, 200,
    ]);
    expect((await fetch(`${server.url}/nothing-here`)).status).toBe(404);
  });

  it("serves a service of every dialect; what is not built says so", async () => {
    for (const path of [
      "/flyteidl.service.AdminService/ListProjects",
      "/armonik.api.grpc.v1.sessions.Sessions/ListSessions",
      "/taskqueue.TaskQueue/ReportWorkerEvent",
    ]) {
      const answer = await post(path, "{}");
      const body: unknown = await answer.json();
      expect([answer.status, body]).toEqual([501, expect.objectContaining({ code: "unimplemented" })]);
    }
  });

  it("keeps workers' calls off the port", async () => {
    const answer = await post("/tributary.v1.DispatchService/Heartbeat", '{"workerId":"x"}');
    expect(await refusalOf(answer)).toEqual([403, "permission_denied"]);
  });

  it("leaks no trace of a fault's place", async () => {
    const answer = await post("/tributary.v1.TaskService/ListTasks", '{"pageToken":"WyJ4IiwxLDFd"}');
    expect(await answer.text()).not.toMatch(/\.ts|node_modules|at /);
  });
});

describe("a stream that is cut off", () => {
  it("ends with an error and not as if it were complete", async () => {
    const message = new TextEncoder().encode("{}");
    const frame = Uint8Array.of(0, 0, 0, 0, message.length, ...message);
    const answer = await post("/tributary.v1.WatchService/Watch", frame, {
      "content-type": "application/connect+json",
      "connect-timeout-ms": "300",
    });
    // A client that has no clock of its own must learn it from the last frame.
    expect(await answer.text()).toContain('{"error":{"code":"deadline_exceeded"');
  });
});

describe("a server that asks for tokens", () => {
  it("prints an admin's token at its first start only, keeps its hash only, and lets in who has it", async () => {
    const environment = { TRIBUTARY_AUTH: "required", TRIBUTARY_HOST: "0.0.0.0" };
    const first = await ServerProcess.start({ environment });
    const url = first.url.replace("0.0.0.0", "127.0.0.1");
    const asked = (authorization?: string) =>
      fetch(`${url}/tributary.v1.SystemService/GetSystem`, {
        method: "POST",
        body: "{}",
        headers: { "content-type": "application/json", ...(authorization ? { authorization } : {}) },
      });
    await expect.poll(() => first.token).toMatch(/^trib_/);
    const token = first.token!;
    expect((await asked()).status).toBe(401);
    expect(await (await asked(`Bearer ${token}`)).json()).toMatchObject({ auth: "required" });
    await first.end();
    for (const file of ["tributary.db", "tributary.db-wal"]) {
      const bytes = await readFile(join(first.dataFolder, file)).catch(() => Buffer.of());
      expect(bytes.includes(token)).toBe(false);
    }
    const second = await ServerProcess.start({ environment, dataFolder: first.dataFolder, token });
    expect(second.output.join("\n")).not.toContain("trib_");
    await second.destroy();
  });
});

describe("starting where one cannot", () => {
  const start = async (environment: Record<string, string>) => {
    const child = spawn(process.execPath, [fileURLToPath(new URL("../../src/main.ts", import.meta.url))], {
      env: { PATH: process.env.PATH, TRIBUTARY_EXAMPLE: "off", ...environment },
    });
    let text = "";
    child.stderr.on("data", (chunk: Buffer) => {
      text += chunk;
    });
    const [code] = (await once(child, "exit")) as [number];
    return { code, text };
  };

  it("refuses a data folder that another server uses", async () => {
    const { code, text } = await start({ TRIBUTARY_DATA: server.dataFolder, TRIBUTARY_PORT: "0" });
    expect(code).toBe(1);
    expect(text).toContain(`process ${server.pid}`);
    expect(text).not.toContain("    at ");
  });

  it("refuses a port that is taken", async () => {
    const { code, text } = await start({
      TRIBUTARY_DATA: `${server.dataFolder}-2`,
      TRIBUTARY_PORT: new URL(server.url).port,
    });
    expect([code, text]).toEqual([1, expect.stringContaining("TRIBUTARY_PORT")]);
    expect(text).not.toContain("    at ");
  });

  it.each([
    [{ TRIBUTARY_PORT: "many" }, "TRIBUTARY_PORT"],
    [{ TRIBUTARY_HOST: "0.0.0.0" }, "can be reached from other machines"],
    [{ TRIBUTARY_PROT: "1" }, "TRIBUTARY_PROT  is not a variable"],
    [{ TRIBUTARY_MASTER_KEY_FILE: "/nonexistent" }, "TRIBUTARY_MASTER_KEY_FILE"],
  ])("refuses %j and names it", async (environment, why) => {
    const { code, text } = await start({ TRIBUTARY_DATA: `${server.dataFolder}-3`, ...environment });
    expect([code, text]).toEqual([1, expect.stringContaining(why)]);
    expect(text).not.toContain("    at ");
  });
});
